import type { OptimizerOptions } from '../api/training.ts';
import { leavesOf, mapTrainable } from '../gemma3/weights.ts';
import type { Gemma3Weights, Trainable } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { attr, DType, executeOp, nativeId } from '../tensor/native.ts';
import { sumOfSquares } from '../tensor/raw-ops.ts';
import { assignVariable, readVariable, zeroVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Scalar, Tensor } from '../tf.ts';

/** First and second moments of the gradient, for each parameter. */
export interface Moments {
  readonly mean: Trainable<Variable>;
  readonly variance: Trainable<Variable>;
}

export function zeroMoments(parameters: Trainable<Variable>): Moments {
  const zeros = () => mapTrainable(parameters, ({ shape }) => zeroVariable(shape));
  return { mean: zeros(), variance: zeros() };
}

/** The numbers of one step that change from step to step, as tensors so that no step needs a new trace. */
interface StepScalars {
  readonly learningRate: Scalar;
  readonly beta1Power: Scalar;
  readonly beta2Power: Scalar;
  readonly epsilon: Scalar;
}

/** Which parameters a step changes: all that are trained, or a reward model's head alone. */
export type TrainedPart = 'all' | 'head';

type FixedOptions = Pick<OptimizerOptions, 'beta1' | 'beta2' | 'weightDecay' | 'maxGradNorm'> & {
  readonly part: TrainedPart;
};

/**
 * Makes the optimizer of an architecture: AdamW with clipping by the global norm.
 *
 *     g ← g · min(1, maxGradNorm / ‖g‖)        m ← β₁m + (1−β₁)g        v ← β₂v + (1−β₂)g²
 *     θ ← θ − lr · weightDecay · θ             θ ← θ − lr · m̂ / (√v̂ + ε),  m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
 *
 * As `torch.optim.AdamW`. Weight decay leaves the norms (parameters of rank 1) alone. Clears the gradients.
 *
 * @returns A function of parameters, gradients, moments, the number of the step (from 1) and options, which gives ‖g‖
 *   before clipping.
 * @see Decoupled Weight Decay Regularization, arXiv 1711.05101, algorithm 2
 */
export function createAdamW() {
  const apply = compile(
    'adamw',
    (
      parameters: Trainable<Variable>,
      gradients: Trainable<Variable>,
      moments: Moments,
      scalars: StepScalars,
      options: FixedOptions,
    ) => adamW(parameters, gradients, moments, scalars, options),
  );

  return (
    parameters: Trainable<Variable>,
    gradients: Trainable<Variable>,
    moments: Moments,
    step: number,
    options: OptimizerOptions,
    part: TrainedPart = 'all',
  ): number =>
    tf.tidy(() => {
      const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = options;
      const beta2Power = beta2 ** step;
      const scalars = {
        learningRate: tf.scalar(learningRate),
        beta1Power: tf.scalar(beta1 ** step),
        beta2Power: tf.scalar(beta2Power),
        // TensorFlow adds ε to √v, not to √v̂: scaled so that it comes to the same.
        epsilon: tf.scalar(epsilon * Math.sqrt(1 - beta2Power)),
      };
      const fixed = { beta1, beta2, weightDecay, maxGradNorm, part };
      return apply(parameters, gradients, moments, scalars, fixed).dataSync()[0]!;
    });
}

function adamW(
  parameters: Trainable<Variable>,
  gradients: Trainable<Variable>,
  moments: Moments,
  scalars: StepScalars,
  options: FixedOptions,
): Tensor {
  const { beta1, beta2, weightDecay, maxGradNorm, part } = options;
  const { learningRate } = scalars;
  const trained = (tree: Trainable<Variable>) =>
    part === 'all' ? leavesOf(tree) : [(tree as Gemma3Weights<Variable>).score!];
  const slots = trained(gradients);
  const values = slots.map(readVariable);
  const norm = tf.sqrt(tf.addN(values.map((value) => sumOfSquares(value))));
  const scale = maxGradNorm > 0 ? tf.minimum(1, tf.div(maxGradNorm, tf.maximum(norm, 1e-12))) : undefined;
  const [means, variances] = [trained(moments.mean), trained(moments.variance)];
  const attrs = [attr.type('T', DType.float32), attr.bool('use_locking', false), attr.bool('use_nesterov', false)];

  trained(parameters).forEach((parameter, i) => {
    if (weightDecay > 0 && parameter.shape.length > 1) {
      const keep = tf.sub(1, tf.mul(learningRate, weightDecay));
      assignVariable(parameter, tf.mul(readVariable(parameter), keep));
    }
    const gradient = scale ? tf.mul(values[i]!, scale) : values[i]!;
    const { beta1Power, beta2Power, epsilon } = scalars;
    const inputs = [beta1Power, beta2Power, learningRate, tf.scalar(beta1), tf.scalar(beta2), epsilon, gradient];
    executeOp('ResourceApplyAdam', attrs, [parameter.id, means[i]!.id, variances[i]!.id, ...inputs.map(nativeId)], 0);
    assignVariable(slots[i]!, tf.zerosLike(values[i]!));
  });
  return norm;
}
