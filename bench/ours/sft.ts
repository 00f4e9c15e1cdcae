import type { OptimizerOptions } from '../../model/api/training.ts';
import type { Task } from './side.ts';

export interface SftInput {
  readonly model: string;
  /** Sequences of equal length. The first `unweighted` tokens of each carry no loss. */
  readonly ids: readonly (readonly number[])[];
  readonly unweighted: number;
  readonly learningRate: number;
  readonly warmUp: number;
}

/** One step of full fine-tuning: loss, gradients, AdamW. A unit is a token. */
export const sftTask: Task = async (engine, input, precision) => {
  const { model, ids, unweighted, learningRate, warmUp } = input as SftInput;
  await engine.call('load', { set: { name: 'policy', version: 0 }, source: model, trainable: true, fence: 0 });
  const targets = ids.reduce((sum, row) => sum + row.length - unweighted, 0);
  const sequences = ids.map((row) => ({
    promptIds: row.slice(0, unweighted),
    completionIds: row.slice(unweighted),
    weight: 1 / targets,
  }));
  const optimizer: OptimizerOptions = {
    ...{ learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
  };
  let version = 0;
  let first: { loss: number; gradNorm: number } | undefined;
  const step = async () => {
    const { loss, gradNorm } = await engine.call('trainStep', {
      ...{ set: { name: 'policy', version }, fence: 0, batchDigest: `step ${version}`, sequences },
      ...{ temperature: 1, optimizer, precision },
    });
    version++;
    first ??= { loss, gradNorm };
    return { units: ids.reduce((sum, row) => sum + row.length, 0), result: { first, loss } };
  };
  for (let i = 0; i < warmUp; i++) await step();
  return step;
};
