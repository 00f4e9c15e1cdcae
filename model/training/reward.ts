import type { Precision } from '../api/precision.ts';
import type { Sequence } from '../api/sequences.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor1D } from '../tf.ts';
import { statesOf, toGrids } from './batch.ts';
import type { BatchTensors } from './batch.ts';
import { rewardsOf } from './bradley-terry.ts';
import { packSequences } from './pack.ts';

/** As in scoring log-probabilities: no gradients are kept. */
const TOKENS_PER_BATCH = 2048;

// Numbers of ends are padded to a multiple of this, so that few shapes are traced.
const ENDS_STEP = 16;

/** Places in a batch, padded by the first token. */
export function paddedEnds(indices: readonly number[], step = ENDS_STEP): Tensor1D {
  const list = new Int32Array(Math.ceil(indices.length / step) * step);
  list.set(indices);
  return tf.tensor1d(list, 'int32');
}

/**
 * Makes the judge of a reward model's architecture: the head on the hidden state of each completion's last token.
 *
 * @returns A function of weights and sequences; it yields after each batch through `onBatch`.
 */
export function createRewarder(config: Gemma3Config, precision: Precision) {
  const reward = compile(
    'reward',
    (weights: Gemma3Weights<Variable>, batch: Omit<BatchTensors, 'targets'>): Tensor1D =>
      rewardsOf(statesOf(weights, batch, config), readVariable(weights.score!)),
    { precision },
  );
  return async (
    weights: Gemma3Weights<Variable>,
    sequences: readonly Sequence[],
    onBatch: (done: number, total: number) => Promise<void>,
  ): Promise<number[]> => {
    const rewards = new Array<number>(sequences.length);
    const batches = packSequences(sequences, { tokensPerBatch: TOKENS_PER_BATCH });
    for (const [number, batch] of batches.entries()) {
      const values = tf.tidy(() => {
        const predictors = paddedEnds(batch.ends.map(({ index }) => index));
        return reward(weights, { ...toGrids(batch), predictors }).dataSync();
      });
      batch.ends.forEach(({ sequence }, i) => (rewards[sequence] = values[i]!));
      await onBatch(number + 1, batches.length);
    }
    return rewards;
  };
}
