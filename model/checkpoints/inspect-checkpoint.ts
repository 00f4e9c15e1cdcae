import { statSync } from 'node:fs';
import { type Gemma3Config, kvCacheBytes, parameterCount } from '../gemma3/config.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { openOptimizer } from './optimizer-state.ts';

/** What there is to say about a checkpoint. Plain JSON. */
export interface CheckpointReport {
  readonly path: string;
  readonly format: 'hugging-face' | 'gguf';
  readonly config: Gemma3Config;
  readonly parameters: number;
  /** Tensors by number format. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly weightFiles: readonly { readonly path: string; readonly bytes: number }[];
  /** Of the weights; see `Checkpoint.digest`. */
  readonly sha256: string;
  readonly vocabulary: number;
  /** Steps of the optimizer whose moments lie beside the weights; null if none do. */
  readonly optimizerStep: number | null;
  /** Keys and values of one sequence in bfloat16, by its length in tokens up to the model's longest. */
  readonly kvCacheBytes: Readonly<Record<number, number>>;
}

/** Opens a checkpoint and describes it. Reads the weight files once, for their digest. */
export async function inspectCheckpoint(path: string): Promise<CheckpointReport> {
  const { config, format, tensors, weightFiles, tokenizer, digest } = await openCheckpoint(path);
  const dtypes: Record<string, number> = {};
  for (const name of tensors.names()) {
    const { dtype } = tensors.info(name);
    dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
  }
  const lengths = [1024, 8192, 32_768, 131_072].filter((tokens) => tokens < config.maxPositionEmbeddings);
  lengths.push(config.maxPositionEmbeddings);
  const optimizer = format === 'gguf' ? null : await openOptimizer(path);
  return {
    path,
    format,
    config,
    parameters: parameterCount(config),
    dtypes,
    weightFiles: weightFiles.map((file) => ({ path: file, bytes: statSync(file).size })),
    sha256: await digest(),
    vocabulary: (await tokenizer()).vocabSize,
    optimizerStep: optimizer?.step ?? null,
    kvCacheBytes: Object.fromEntries(lengths.map((tokens) => [tokens, kvCacheBytes(config, tokens, 2)])),
  };
}
