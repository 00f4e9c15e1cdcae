import { statSync } from 'node:fs';
import { dequantize, NUMBER_FORMATS } from './dequantize.ts';
import { GgufReader } from './gguf-reader.ts';
import { readAt } from './read-at.ts';
import type { TensorInfo, TensorSource } from './tensor-source.ts';
import { BadFileError } from './tensor-source.ts';

/** A metadata value. 64-bit integers beyond 2^53 are refused. */
export type GgufValue = number | boolean | string | readonly GgufValue[];

export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** An open GGUF file: its metadata, and its tensors under the file's own names. */
export interface Gguf extends TensorSource {
  readonly metadata: GgufMetadata;
}

interface Entry extends TensorInfo {
  readonly position: number;
  readonly bytes: number;
}

/**
 * Opens a GGUF file (version 2 or 3, little-endian). Every length and place in it is checked against the file's size
 * before anything of that size is made.
 *
 * @throws BadFileError if it is no such file, or is damaged or cut off.
 * @see the GGUF specification in ggml's `docs/gguf.md`
 */
export function openGguf(path: string): Gguf {
  const size = statSync(path).size;
  const reader = new GgufReader(path, size);
  try {
    const { tensorCount, metadataCount } = readHead(reader);
    const metadata = readMetadata(reader, metadataCount);
    const entries = readEntries(reader, tensorCount, metadata, size);
    return gguf(path, metadata, entries);
  } finally {
    reader.close();
  }
}

function gguf(path: string, metadata: GgufMetadata, entries: ReadonlyMap<string, Entry>): Gguf {
  const info = (name: string): Entry => {
    const entry = entries.get(name);
    if (!entry) throw new RangeError(`${path}: no tensor named ${name}`);
    return entry;
  };
  return {
    metadata,
    names: () => [...entries.keys()],
    info,
    async read(name) {
      const { position, bytes, dtype, shape } = info(name);
      return dequantize(dtype, await readAt(path, position, bytes), product(shape));
    },
  };
}

function readHead(reader: GgufReader): { tensorCount: number; metadataCount: number } {
  const magic = reader.bytes(4, 'its first four bytes').toString('latin1');
  if (magic !== 'GGUF') reader.fail(`starts with ${JSON.stringify(magic)}, expected "GGUF"; it is no GGUF file`);
  const version = reader.u32('the version');
  if (version !== 2 && version !== 3) {
    const bigEndian = version === 0x02000000 || version === 0x03000000;
    reader.fail(
      bigEndian ? 'is big-endian; only little-endian files can be read' : `is version ${version}, expected 2 or 3`,
    );
  }
  // A tensor's entry takes at least 24 bytes, a metadata entry 13.
  return {
    tensorCount: reader.count(24, 'the number of tensors'),
    metadataCount: reader.count(13, 'the number of metadata entries'),
  };
}

function readMetadata(reader: GgufReader, count: number): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = reader.string('a metadata key');
    if (metadata.has(key)) reader.fail(`has the metadata key ${key} twice`);
    metadata.set(key, reader.value(reader.u32(`the type of ${key}`), key));
  }
  return metadata;
}

function readEntries(reader: GgufReader, count: number, metadata: GgufMetadata, size: number): Map<string, Entry> {
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || alignment < 1 || !Number.isInteger(Math.log2(alignment))) {
    reader.fail(`has general.alignment ${String(alignment)}, expected a power of two`);
  }
  const found: { name: string; shape: number[]; type: number; offset: number }[] = [];
  for (let i = 0; i < count; i++) {
    const name = reader.string('a tensor name');
    const rank = reader.u32(`the rank of ${name}`);
    if (rank < 1 || rank > 4) reader.fail(`gives ${name} ${rank} dimensions, expected 1 to 4`);
    // Listed from the innermost, the reverse of Hugging Face's order; the numbers lie the same.
    const shape = Array.from({ length: rank }, () => reader.u64(`the shape of ${name}`)).reverse();
    found.push({ name, shape, type: reader.u32(`the type of ${name}`), offset: reader.u64(`the place of ${name}`) });
  }

  const start = Math.ceil(reader.position / alignment) * alignment;
  const entries = new Map<string, Entry>();
  for (const { name, shape, type, offset } of found) {
    if (entries.has(name)) reader.fail(`has the tensor ${name} twice`);
    const format = NUMBER_FORMATS.get(type);
    if (!format) {
      const known = [...NUMBER_FORMATS.values()].map((each) => each.name).join(', ');
      throw new BadFileError(`${reader.path}: ${name} has ggml type ${type}; this reader knows ${known}`);
    }
    const blocks = product(shape) / format.blockLength;
    const bytes = blocks * format.blockBytes;
    const wholeRows = shape.at(-1)! % format.blockLength === 0;
    if (!Number.isSafeInteger(bytes) || bytes === 0 || !wholeRows || offset % alignment !== 0) {
      reader.fail(`describes ${name} as ${format.name} [${shape.join(', ')}] at ${offset}, which cannot be`);
    }
    if (start + offset + bytes > size) {
      reader.fail(
        `is ${size} bytes long, but ${name} ends at ${start + offset + bytes}; it is cut off, fetch it again`,
      );
    }
    entries.set(name, { shape, dtype: format.name, position: start + offset, bytes });
  }
  return entries;
}

function product(shape: readonly number[]): number {
  return shape.reduce((result, size) => result * size, 1);
}
