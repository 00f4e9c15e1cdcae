import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

/** A tensor to write: `read` is called when its turn comes, so that one tensor at a time need be in memory. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  readonly read: () => Promise<Float32Array> | Float32Array;
}

/** What was written. */
export interface WrittenFile {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

// Keeps the event loop free between parts, and hashing close to writing in the cache.
const PART = 1 << 24;

/**
 * Writes float32 tensors to one `.safetensors` file, in order of name: under a temporary name, fsynced, then renamed.
 *
 * @throws RangeError if a tensor has not the numbers its shape says; nothing is left at `path` then.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<WrittenFile> {
  const sorted = tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const temporary = `${path}.partial-${process.pid}`;
  const file = await open(temporary, 'w');
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    const append = async (chunk: Uint8Array) => {
      for (let from = 0; from < chunk.length; from += PART) {
        const part = chunk.subarray(from, from + PART);
        hash.update(part);
        await file.writeFile(part);
        bytes += part.length;
      }
    };
    await append(header(sorted, metadata));
    for (const { name, shape, read } of sorted) {
      const values = await read();
      if (values.length !== count(shape)) {
        throw new RangeError(`writeSafetensors: ${name} has ${values.length} numbers, expected [${shape.join(', ')}]`);
      }
      await append(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    await file.sync();
    await file.close();
    await rename(temporary, path);
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Length (8 bytes) and JSON, padded with spaces so that the numbers start at a multiple of 8. */
function header(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let offset = 0;
  for (const { name, shape } of tensors) {
    if (name in entries) throw new RangeError(`writeSafetensors: two tensors are named ${name}`);
    entries[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += 4 * count(shape))] };
  }
  const json = JSON.stringify(entries);
  const text = new TextEncoder().encode(json + ' '.repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8));
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
