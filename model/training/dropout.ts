import type { Dropout } from '../gemma3/decoder-layer.ts';
import { withoutDropout } from '../gemma3/decoder-layer.ts';
import { wrapOp } from '../tensor/raw-ops.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D } from '../tf.ts';

/**
 * Dropout of a layer's branches: each number is 0 with probability `rate`, the others are divided by 1 − rate.
 *
 * Counter-based: the seed of a batch, the number of the branch and the place in it decide, so a step done again drops
 * the same.
 *
 * @param rate [0, 1)
 * @param seed [2] int32
 */
export function seededDropout(rate: number, seed: Tensor1D): Dropout {
  if (rate === 0) return withoutDropout;
  return (branch, site) => tf.mul(branch, mask(branch.shape, rate, tf.add(seed, tf.tensor1d([0, site], 'int32'))));
}

function mask(shape: readonly number[], rate: number, seed: Tensor): Tensor {
  const attrs = { T: 'int32', dtype: 'float32', Tseed: 'int32' } as const;
  const [uniform] = wrapOp('StatelessRandomUniform', attrs, [tf.tensor1d([...shape], 'int32'), seed], 1);
  return tf.div(tf.cast(tf.greaterEqual(uniform!, rate), 'float32'), 1 - rate);
}
