import type { Precision } from '../api/precision.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { embed } from '../gemma3/decoder.ts';
import { linear } from '../gemma3/ops.ts';
import { readPlainWeights } from '../gemma3/weights.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { addToVariable, readVariable, scatterAddToVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '../tf.ts';
import { predictingStates } from './batch.ts';
import type { BatchTensors } from './batch.ts';
import { seededDropout } from './dropout.ts';
import { addTrunkGradients, embeddingGradient, trunkLeaves, trunkOf } from './gradients.ts';

/** A packed batch of P pairs on the device. */
export interface PairTensors extends Omit<BatchTensors, 'targets'> {
  /** Last tokens of the chosen completions, then those of the rejected ones, in the same order. [2P] */
  readonly predictors: Tensor1D;
  /** Of each pair in the loss; 0 for padding. [P] */
  readonly weights: Tensor1D;
  /** By how much the chosen one must win. [P] */
  readonly margins: Tensor1D;
  /** Of the dropout. [2] int32 */
  readonly seed: Tensor1D;
}

export interface PairLossOptions {
  /** c in c · (r⁺ + r⁻)², which keeps rewards around 0. */
  readonly centerCoefficient: number;
  /** Share of numbers that dropout takes from each branch, [0, 1). */
  readonly dropoutRate: number;
}

export type PairParts = {
  /** Σ weight · loss. Scalar. */
  readonly loss: Tensor;
  /** r⁺ of each pair, then r⁻ of each. [2P] */
  readonly rewards: Tensor1D;
};

/**
 * Rewards of hidden states [M, D]: the scalar head on each. [M]
 */
export function rewardsOf(states: Tensor2D, score: Tensor): Tensor1D {
  return tf.reshape(linear(states, score), [-1]);
}

/**
 * Loss of pairs under the model of Bradley and Terry, weighted and summed. Scalar.
 *
 *     −log σ(r⁺ − r⁻ − margin) + c · (r⁺ + r⁻)²
 *
 * The first term as the stable softplus of −Δ. The second is TRL's `center_rewards_coefficient` (arXiv 2312.09244).
 *
 * @param rewards r⁺ of each pair, then r⁻ of each. [2P]
 */
export function pairLoss(
  rewards: Tensor1D,
  { weights, margins }: Pick<PairTensors, 'weights' | 'margins'>,
  centerCoefficient: number,
): Tensor {
  const [chosen, rejected] = tf.split(rewards, 2) as [Tensor1D, Tensor1D];
  const difference = tf.sub(tf.sub(chosen, rejected), margins);
  const lost = stableSoftplus(tf.neg(difference));
  const loss = centerCoefficient === 0 ? lost : centred(lost, tf.add(chosen, rejected), centerCoefficient);
  return tf.sum(tf.mul(loss, weights));
}

const centred = (lost: Tensor, sum: Tensor, c: number): Tensor => tf.add(lost, tf.mul(tf.square(sum), c));

/** log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), finite for every x. Its gradient is σ(x), also where x is 0. */
function stableSoftplus(x: Tensor): Tensor {
  return tf.customGrad((...inputs) => {
    const [x, save] = inputs as unknown as [Tensor, (tensors: Tensor[]) => void];
    save([x]);
    return {
      value: tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x))))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, tf.sigmoid(saved[0]!)),
    };
  })(x);
}

/** Adds the gradient of {@link pairLoss} by every parameter to `gradients`. */
export function addPairGradients(
  parameters: Gemma3Weights<Variable>,
  gradients: Gemma3Weights<Variable>,
  batch: PairTensors,
  { centerCoefficient, dropoutRate }: PairLossOptions,
  config: Gemma3Config,
): PairParts {
  return tf.tidy(() => {
    const { embedTokens, ...trunk } = readPlainWeights(parameters);
    const dropout = seededDropout(dropoutRate, batch.seed);
    const judged = judgedBy(batch, centerCoefficient);
    const whole = (score: Tensor, x: Tensor, ...leaves: Tensor[]) => {
      const states = predictingStates(trunkOf(parameters, leaves), x as Tensor3D, batch, config, dropout);
      return judged.lossOf(states, score);
    };
    const inputs = [readVariable(parameters.score!), embed(embedTokens, batch.ids), ...trunkLeaves(trunk)];
    const { value, grads } = tf.valueAndGrads(whole)(inputs);
    const [scoreGradient, xGradient, ...leafGradients] = grads;
    addToVariable(gradients.score!, scoreGradient!);
    const { indices, rows } = embeddingGradient(batch.ids, xGradient!);
    scatterAddToVariable(gradients.embedTokens, indices, rows);
    addTrunkGradients(gradients, leafGradients);
    return { loss: value, rewards: judged.rewards() };
  });
}

export type HeadLossOptions = Pick<PairTensors, 'weights' | 'margins'> & Pick<PairLossOptions, 'centerCoefficient'>;

/** Adds the gradient of {@link pairLoss} by the head to `gradient`, from the last hidden states. [2P, D] */
export function addHeadGradients(
  score: Variable,
  gradient: Variable,
  states: Tensor2D,
  { centerCoefficient, ...batch }: HeadLossOptions,
): PairParts {
  return tf.tidy(() => {
    const judged = judgedBy(batch, centerCoefficient);
    const { value, grads } = tf.valueAndGrads((head: Tensor) => judged.lossOf(states, head))([readVariable(score)]);
    addToVariable(gradient, grads[0]!);
    return { loss: value, rewards: judged.rewards() };
  });
}

/** The loss, and the rewards that it was computed from. */
function judgedBy(batch: Pick<PairTensors, 'weights' | 'margins'>, centerCoefficient: number) {
  let kept: Tensor1D | undefined;
  return {
    lossOf: (states: Tensor2D, score: Tensor): tf.Scalar => {
      kept = tf.keep(rewardsOf(states, score)); // past the scopes of the gradient
      return pairLoss(kept, batch, centerCoefficient) as tf.Scalar;
    },
    rewards: (): Tensor1D => {
      const rewards = tf.clone(kept!);
      kept!.dispose();
      return rewards;
    },
  };
}

/** {@link addPairGradients} as one TensorFlow function for each shape of batch. */
export function compilePairGradients(config: Gemma3Config, precision: Precision) {
  return compile(
    'add_pair_gradients',
    (
      parameters: Gemma3Weights<Variable>,
      gradients: Gemma3Weights<Variable>,
      batch: PairTensors,
      options: PairLossOptions,
    ) => addPairGradients(parameters, gradients, batch, options, config),
    { precision },
  );
}
