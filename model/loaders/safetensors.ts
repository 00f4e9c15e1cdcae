import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { dequantize } from './dequantize.ts';
import { readAt } from './read-at.ts';
import type { TensorInfo, TensorSource } from './tensor-source.ts';
import { BadFileError } from './tensor-source.ts';

// The format's own limit on its header.
const MAX_HEADER_BYTES = 100_000_000;

const BYTES_OF: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

const Header = z
  .record(
    z.string(),
    z.union([
      z.strictObject({
        dtype: z.string(),
        shape: z.array(z.int().min(0)),
        data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
      }),
      z.record(z.string(), z.string()),
    ]),
  )
  .refine((header) =>
    Object.entries(header).every(([name, entry]) => (name === METADATA) === !('data_offsets' in entry)),
  );

const METADATA = '__metadata__';

const Index = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Tensors of safetensors files, with the free-form texts that a single file carries. */
export interface Safetensors extends TensorSource {
  readonly metadata: Readonly<Record<string, string>>;
  /** The files that hold the tensors, sorted. */
  readonly files: readonly string[];
}

interface Entry extends TensorInfo {
  readonly file: string;
  readonly position: number;
  readonly bytes: number;
}

/**
 * Opens one `.safetensors` file, or the shards that a `.safetensors.index.json` names. Numbers must be F32, F16 or BF16
 * to be read; tensors of other formats are listed.
 *
 * @throws BadFileError if a file is damaged or cut off, or an index names what is not there.
 * @see the format's description in huggingface/safetensors
 */
export async function openSafetensors(path: string): Promise<Safetensors> {
  if (path.endsWith('.index.json')) return openShards(path);
  const { entries, metadata } = await readHeader(path);
  return safetensors(path, [path], entries, metadata);
}

async function openShards(path: string): Promise<Safetensors> {
  const index = Index.safeParse(parseJson(await readFile(path, 'utf8'), path));
  if (!index.success) throw new BadFileError(`${path}: no index of shards\n${z.prettifyError(index.error)}`);
  const names = new Set(Object.values(index.data.weight_map));
  const shards = new Map<string, ReadonlyMap<string, Entry>>();
  for (const name of [...names].sort()) {
    if (basename(name) !== name)
      throw new BadFileError(`${path}: names the file ${name}, expected one beside the index`);
    shards.set(name, (await readHeader(join(dirname(path), name))).entries);
  }
  const entries = new Map<string, Entry>();
  for (const [tensor, shard] of Object.entries(index.data.weight_map)) {
    const entry = shards.get(shard)?.get(tensor);
    if (!entry) throw new BadFileError(`${path}: says ${tensor} is in ${shard}, which does not have it`);
    entries.set(tensor, entry);
  }
  return safetensors(
    path,
    [...shards.keys()].map((name) => join(dirname(path), name)),
    entries,
    {},
  );
}

function safetensors(
  path: string,
  files: readonly string[],
  entries: ReadonlyMap<string, Entry>,
  metadata: Readonly<Record<string, string>>,
): Safetensors {
  const info = (name: string): Entry => {
    const entry = entries.get(name);
    if (!entry) throw new RangeError(`${path}: no tensor named ${name}`);
    return entry;
  };
  return {
    files,
    metadata,
    names: () => [...entries.keys()],
    info,
    async read(name) {
      const { file, position, bytes, dtype } = info(name);
      const width = BYTES_OF[dtype];
      if (!width) {
        throw new TypeError(`${file}: ${name} is ${dtype}, expected one of ${Object.keys(BYTES_OF).join(', ')}`);
      }
      return dequantize(dtype, await readAt(file, position, bytes), bytes / width);
    },
  };
}

async function readHeader(file: string): Promise<{ entries: Map<string, Entry>; metadata: Record<string, string> }> {
  const { size } = await stat(file);
  const length = Number(new DataView((await readAt(file, 0, 8)).buffer).getBigUint64(0, true));
  if (length > Math.min(MAX_HEADER_BYTES, size - 8)) {
    throw new BadFileError(
      `${file}: says its header has ${length} bytes, in a file of ${size}; it is damaged or cut off`,
    );
  }
  const header = Header.safeParse(parseJson(new TextDecoder().decode(await readAt(file, 8, length)), file));
  if (!header.success) throw new BadFileError(`${file}: bad header\n${z.prettifyError(header.error)}`);

  const entries = new Map<string, Entry>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header.data)) {
    if (!isTensor(entry)) {
      metadata = entry;
      continue;
    }
    const { dtype, shape } = entry;
    const [from, to] = entry.data_offsets;
    const position = 8 + length + from;
    const bytes = to - from;
    const width = BYTES_OF[dtype];
    const expected = width && shape.reduce((product, size) => product * size, width);
    if (bytes < 0 || (expected !== undefined && bytes !== expected)) {
      throw new BadFileError(
        `${file}: ${name} is ${dtype} [${shape.join(', ')}] in ${bytes} bytes, expected ${expected}`,
      );
    }
    if (position + bytes > size) {
      throw new BadFileError(
        `${file}: ${name} ends at byte ${position + bytes} of ${size}; it is cut off, fetch it again`,
      );
    }
    entries.set(name, { dtype, shape, file, position, bytes });
  }
  return { entries, metadata };
}

type TensorEntry = { dtype: string; shape: number[]; data_offsets: [number, number] };

function isTensor(entry: TensorEntry | Record<string, string>): entry is TensorEntry {
  return Array.isArray(entry.data_offsets);
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadFileError(`${where}: bad JSON: ${(error as Error).message}`);
  }
}
