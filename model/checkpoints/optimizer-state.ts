import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors } from '../loaders/safetensors.ts';
import { BadFileError } from '../loaders/tensor-source.ts';
import { type WrittenFile, writeSafetensors } from '../loaders/write-safetensors.ts';

const FILE = 'optimizer.safetensors';

/** Adam's two moments of one parameter, read when their turn comes. */
export interface MomentsToWrite {
  /** The parameter's name. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly firstMoment: () => Promise<Float32Array> | Float32Array;
  readonly secondMoment: () => Promise<Float32Array> | Float32Array;
}

export interface OptimizerToWrite {
  /** Optimizer steps done: what bias correction counts. */
  readonly step: number;
  readonly moments: readonly MomentsToWrite[];
}

/** Moments on disk, by the parameter's name. */
export interface OptimizerState {
  readonly step: number;
  firstMoment(name: string): Promise<Float32Array<ArrayBuffer>>;
  secondMoment(name: string): Promise<Float32Array<ArrayBuffer>>;
}

/** Writes `optimizer.safetensors` into a checkpoint folder. Names and meaning are those of PyTorch's Adam. */
export async function writeOptimizer(folder: string, { step, moments }: OptimizerToWrite): Promise<WrittenFile> {
  const tensors = moments.flatMap(({ name, shape, firstMoment, secondMoment }) => [
    { name: `exp_avg.${name}`, shape, read: firstMoment },
    { name: `exp_avg_sq.${name}`, shape, read: secondMoment },
  ]);
  return writeSafetensors(join(folder, FILE), tensors, { step: String(step) });
}

/**
 * The moments in a checkpoint folder; null if it has none.
 *
 * @throws BadFileError if the file is damaged or was written by something else.
 */
export async function openOptimizer(folder: string): Promise<OptimizerState | null> {
  const path = join(folder, FILE);
  if (!existsSync(path)) return null;
  const source = await openSafetensors(path);
  const step = Number(source.metadata.step);
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new BadFileError(`${path}: says step ${source.metadata.step}, expected the number of optimizer steps`);
  }
  return {
    step,
    firstMoment: (name) => source.read(`exp_avg.${name}`),
    secondMoment: (name) => source.read(`exp_avg_sq.${name}`),
  };
}
