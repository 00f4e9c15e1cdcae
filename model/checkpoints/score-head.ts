import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import type { RewardModelInfo } from '../api/sets.ts';
import { SCORE_HEAD } from '../gemma3/config.ts';
import { BadFileError, type TensorSource } from '../loaders/tensor-source.ts';
import { type Checkpoint, openCheckpoint } from './open-checkpoint.ts';

/** What is known of a reward model beside its weights. */
export const REWARD_MODEL_FILE = 'reward_model.json';

const Info = z.strictObject({
  baseSha256: z.string(),
  headSha256: z.string(),
  calibration: z.strictObject({ mean: z.number(), std: z.number().positive() }).optional(),
});

/**
 * A language model as a reward model: with the head of the one in folder `from`, else one of zeros. A head of its own is
 * replaced.
 *
 * @throws TypeError when `from` holds no reward model of the same shape.
 */
export async function withScoreHead(model: Checkpoint, from?: string): Promise<Checkpoint> {
  const config = { ...model.config, scoreHead: true as const };
  const shape = [1, config.hiddenSize];
  const donor = from === undefined ? null : await openCheckpoint(from);
  if (donor && JSON.stringify(donor.config) !== JSON.stringify(config)) {
    const why = donor.config.scoreHead ? 'has another shape' : 'is a language model';
    throw new TypeError(`${from}: ${why}, expected a reward model of the shape of ${model.path} to take the head from`);
  }
  const head = (): Promise<Float32Array<ArrayBuffer>> =>
    donor ? donor.tensors.read(SCORE_HEAD) : Promise.resolve(new Float32Array(config.hiddenSize));
  const trunk = model.tensors.names().filter((name) => name !== SCORE_HEAD);
  const tensors: TensorSource = {
    names: () => [...trunk, SCORE_HEAD],
    info: (name) => (name === SCORE_HEAD ? { shape, dtype: 'F32' } : model.tensors.info(name)),
    read: (name) => (name === SCORE_HEAD ? head() : model.tensors.read(name)),
  };
  return { ...model, config, tensors };
}

/**
 * What a checkpoint's folder says of its reward model; undefined where it says nothing.
 *
 * @throws BadFileError if the file is damaged.
 */
export async function readRewardModelInfo(folder: string): Promise<RewardModelInfo | undefined> {
  const path = join(folder, REWARD_MODEL_FILE);
  if (!existsSync(path)) return undefined;
  try {
    return Info.parse(JSON.parse(await readFile(path, 'utf8'))) as RewardModelInfo;
  } catch (error) {
    throw new BadFileError(`${path}: not what is known of a reward model: ${(error as Error).message}`);
  }
}
