import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Gemma3Config, parameterShapes } from '../gemma3/config.ts';
import { openGguf } from '../loaders/gguf.ts';
import { openSafetensors } from '../loaders/safetensors.ts';
import { BadFileError, type TensorSource } from '../loaders/tensor-source.ts';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { tokenizerJsonFromGguf } from '../tokenizer/gguf-tokenizer.ts';
import { fromGgufMetadata } from './gguf-config.ts';
import { fromHuggingFaceConfig } from './hugging-face-config.ts';
import { canonicalNameFromGguf, canonicalNameFromHuggingFace } from './tensor-names.ts';

/** A Gemma 3 text model on disk, whatever its format. */
export interface Checkpoint {
  readonly path: string;
  readonly format: 'hugging-face' | 'gguf';
  readonly config: Gemma3Config;
  /**
   * Exactly the tensors of `parameterShapes(config)`, under those names and in those shapes. Norm weights are w, not
   * 1 + w; rows of the embedding beyond the vocabulary are left out.
   */
  readonly tensors: TensorSource;
  /** The files that hold the weights, sorted. */
  readonly weightFiles: readonly string[];
  /** Made on the first call. */
  tokenizer(): Promise<Tokenizer>;
  /** sha256 of the weight file in hexadecimal; of several, that of the list `sha256sum` prints. Reads them whole. */
  digest(): Promise<string>;
}

/**
 * Opens a checkpoint folder in Hugging Face layout, or a `.gguf` file. Reads no weights yet.
 *
 * @throws TypeError if it is no Gemma 3 text model this core can run.
 * @throws BadFileError if files are missing, damaged or cut off.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  if (!existsSync(path)) throw new BadFileError(`${path}: no such file or folder`);
  return statSync(path).isDirectory() ? openFolder(path) : openGgufFile(path);
}

function openGgufFile(path: string): Checkpoint {
  const gguf = openGguf(path);
  const config = fromGgufMetadata(gguf.metadata, path);
  return {
    path,
    format: 'gguf',
    config,
    tensors: canonicalTensors(path, gguf, canonicalNameFromGguf, config, undoNormOffset),
    weightFiles: [path],
    tokenizer: once(async () => createTokenizer(tokenizerJsonFromGguf(gguf.metadata, path))),
    digest: once(() => sha256OfFiles([path])),
  };
}

async function openFolder(path: string): Promise<Checkpoint> {
  const file = (name: string) => join(path, name);
  const weights = ['model.safetensors.index.json', 'model.safetensors'].map(file).find(existsSync);
  if (!weights || !existsSync(file('config.json'))) {
    const missing = weights ? 'config.json' : 'model.safetensors';
    if (existsSync(file('adapter_config.json'))) {
      throw new BadFileError(
        `${path}: an adapter, expected a whole model; cabochon merge --method lora makes one of it`,
      );
    }
    throw new BadFileError(`${path}: no ${missing} in it, expected a checkpoint folder in Hugging Face layout`);
  }
  const config = fromHuggingFaceConfig(await readJson(file('config.json')), file('config.json'));
  const source = await openSafetensors(weights);
  return {
    path,
    format: 'hugging-face',
    config,
    tensors: canonicalTensors(path, source, canonicalNameFromHuggingFace, config),
    weightFiles: source.files,
    tokenizer: once(async () => createTokenizer(await readJson(file('tokenizer.json')))),
    digest: once(() => sha256OfFiles(source.files)),
  };
}

/** `source` under canonical names and checked against `config`; `repair` gets each tensor's values after reading. */
function canonicalTensors(
  path: string,
  source: TensorSource,
  canonicalName: (name: string) => string | null,
  config: Gemma3Config,
  repair: (name: string, values: Float32Array) => void = () => undefined,
): TensorSource {
  const shapes = parameterShapes(config);
  const originals = new Map<string, string>();
  for (const original of source.names()) {
    const name = canonicalName(original);
    if (name === null) continue;
    const shape = shapes.get(name);
    if (!shape) throw new BadFileError(`${path}: has a tensor ${original}, which no Gemma 3 text model has`);
    if (!fits(name, source.info(original).shape, shape)) {
      const found = source.info(original).shape.join(', ');
      throw new BadFileError(`${path}: ${original} is [${found}], expected [${shape.join(', ')}] by its config`);
    }
    originals.set(name, original);
  }
  const missing = [...shapes.keys()].filter((name) => !originals.has(name));
  if (missing.length) {
    throw new BadFileError(
      `${path}: ${missing.length} tensors are missing, the first is ${missing[0]}; fetch it again`,
    );
  }
  const original = (name: string): string => {
    const found = originals.get(name);
    if (found === undefined) throw new RangeError(`${path}: no tensor named ${name}`);
    return found;
  };
  return {
    names: () => [...shapes.keys()],
    info: (name) => ({ shape: shapes.get(name)!, dtype: source.info(original(name)).dtype }),
    async read(name) {
      const values = await source.read(original(name));
      const [rows, width] = shapes.get(name)!;
      const kept = name === EMBEDDING ? values.subarray(0, rows! * width!) : values;
      repair(name, kept);
      return kept;
    },
  };
}

const EMBEDDING = 'model.embed_tokens.weight';

/** The embedding may have more rows than the vocabulary: image placeholders, or padding to a round number. */
function fits(name: string, found: readonly number[], expected: readonly number[]): boolean {
  if (found.length !== expected.length) return false;
  return found.every((size, axis) =>
    name === EMBEDDING && axis === 0 ? size >= expected[0]! : size === expected[axis],
  );
}

/** GGUF files hold 1 + w for every norm. */
function undoNormOffset(name: string, values: Float32Array): void {
  if (!name.endsWith('norm.weight')) return;
  for (let i = 0; i < values.length; i++) values[i]! -= 1;
}

async function sha256OfFiles(paths: readonly string[]): Promise<string> {
  const digests: string[] = [];
  for (const path of paths) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path, { highWaterMark: 1 << 22 }), hash);
    digests.push(hash.digest('hex'));
  }
  if (digests.length === 1) return digests[0]!;
  const list = digests.map((digest, i) => `${digest}  ${basename(paths[i]!)}\n`).join('');
  return createHash('sha256').update(list).digest('hex');
}

async function readJson(path: string): Promise<unknown> {
  if (!existsSync(path)) throw new BadFileError(`${path}: no such file; a checkpoint folder needs it`);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new BadFileError(`${path}: bad JSON: ${(error as Error).message}`);
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
