import { join } from 'node:path';

import { tinyTokenizer } from '../model/checkpoints/tiny-preset.ts';
import { type WrittenCheckpoint, writeCheckpoint } from '../model/checkpoints/write-checkpoint.ts';
import type { Engine } from '../model/api/engine.ts';
import type { TokenizeItem } from '../model/api/sequences.ts';
import type { SetRef } from '../model/api/sets.ts';
import type { OptimizerOptions } from '../model/api/training.ts';
import { type Gemma3Config, parameterShapes } from '../model/gemma3/config.ts';
import { uniforms } from '../sdk/random.ts';

/** AdamW without decay, gradients clipped to norm 1: what every model here is trained with. */
export function adam(learningRate: number, beta2 = 0.999): OptimizerOptions {
  return { learningRate, beta1: 0.9, beta2, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
}

/**
 * Writes an untrained model with the tiny preset's tokenizer: matrices uniform with a deviation of fan-in ^ −½, the
 * embedding 0.1, norms 0. Two seeds have nothing in common.
 *
 * @param scale Multiplies all weights; 0 is the origin of weight space.
 */
export async function writeRandomModel(
  folder: string,
  config: Gemma3Config,
  seed: number,
  scale = 1,
): Promise<WrittenCheckpoint> {
  const tensors = [...parameterShapes(config)].map(([name, shape]) => {
    const [rows, width] = shape;
    const amplitude =
      width === undefined ? 0 : scale * Math.sqrt(3) * (rows === config.vocabSize ? 0.1 : width ** -0.5);
    const read = () => uniforms(rows! * (width ?? 1), seed, 'weights', name).map((u) => (2 * u - 1) * amplitude);
    return { name, shape, read };
  });
  return writeCheckpoint(folder, { config, tokenizer: tinyTokenizer(), tensors });
}

/**
 * The first of each group, then the second of each, and so on. Neighbours with one prompt are packed into one row, and
 * the attention of a row with all of a prompt's many samples costs more than the prompt that they share.
 */
export function byTurns<T>(groups: readonly (readonly T[])[]): T[] {
  return (groups[0] ?? []).flatMap((_, i) => groups.map((group) => group[i]!));
}

export interface Pretraining {
  /** Folder for the untrained weights and the checkpoints. */
  readonly home: string;
  /** Of the set. */
  readonly name: string;
  readonly config: Gemma3Config;
  readonly seed: number;
  readonly learningRate: number;
  /** Steps after which a checkpoint `sft-STEP` is written to `home`; the last ends the training. */
  readonly checkpoints: readonly number[];
  /** What a step trains on. */
  items(step: number): readonly TokenizeItem[];
}

/** Trains a language model from random weights by cross-entropy, with the same rate throughout; it stays on the engine. */
export async function pretrain(engine: Engine, options: Pretraining): Promise<SetRef> {
  const { home, name, config, seed, learningRate, checkpoints, items } = options;
  const source = join(home, 'base');
  await writeRandomModel(source, config, seed);
  await engine.load({ set: { name, version: 0 }, source, trainable: true, fence: 0 });
  const steps = checkpoints.at(-1)!;
  for (let step = 0; step < steps; step++) {
    const sequences = await engine.tokenize({ set: name, items: items(step), chat: false });
    const tokens = sequences.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
    await engine.trainStep({
      ...{ set: { name, version: step }, fence: 0, batchDigest: String(step), temperature: 1, precision: 'float32' },
      sequences: sequences.map((sequence) => ({ ...sequence, weight: 1 / tokens })),
      optimizer: adam(learningRate),
    });
    if (!checkpoints.includes(step + 1)) continue;
    const folder = join(home, `sft-${step + 1}`);
    await engine.save({ set: { name, version: step + 1 }, folder, withOptimizer: false });
  }
  return { name, version: steps };
}
