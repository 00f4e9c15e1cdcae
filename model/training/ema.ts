import { leavesOf } from '../gemma3/weights.ts';
import type { Trainable } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { assignVariable, readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Scalar } from '../tf.ts';

/**
 * Makes the moving average of weights: target ← (1 − rate) · target + rate · source, all in float32.
 *
 * In bfloat16 a small rate would vanish: the increment is below half a unit in the last place. Rate 0 leaves the target,
 * rate 1 copies the source, both exactly.
 */
export function createEma() {
  const step = compile(
    'ema',
    (target: Trainable<Variable>, source: Trainable<Variable>, rate: Scalar, rest: Scalar) => {
      const sources = leavesOf(source);
      leavesOf(target).forEach((variable, i) => {
        const kept = tf.mul(readVariable(variable), rest);
        assignVariable(variable, tf.add(kept, tf.mul(readVariable(sources[i]!), rate)));
      });
      return rate;
    },
  );
  return (target: Trainable<Variable>, source: Trainable<Variable>, rate: number): void => {
    tf.tidy(() => void step(target, source, tf.scalar(rate), tf.scalar(1 - rate)).dataSync());
  };
}
