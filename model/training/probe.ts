import type { Precision } from '../api/precision.ts';
import type { PreferencePair, RewardStepRequest } from '../api/reward-models.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor2D } from '../tf.ts';
import type { WeightSet } from '../weight-set.ts';
import { statesOf, toGrids } from './batch.ts';
import type { BatchTensors } from './batch.ts';
import { addHeadGradients } from './bradley-terry.ts';
import type { HeadLossOptions } from './bradley-terry.ts';
import type { PackedBatch } from './pack.ts';
import { lossWeights, paddedPairs, pairsOf } from './pairs.ts';
import type { JudgedPairs, OnBatch } from './reward-step.ts';

/** Hidden states of the last tokens of a pair's completions, the chosen one's first. [2 · D] */
type Features = Float32Array;

/** Features of pairs that steps of a probe read again and again, while the weights below the head stay as they are. */
export class PairFeatures {
  readonly #known = new Map<string, Features>();
  #version = -1;

  /** What is known of a set at a version. */
  at(version: number): Map<string, Features> {
    if (version !== this.#version) this.#known.clear();
    this.#version = version;
    return this.#known;
  }

  /** After a step that left the weights below the head as they were. */
  keepFor(version: number): void {
    this.#version = version;
  }
}

/**
 * Adds the gradient of the head alone. The features of a pair are computed once, and without any other pair: so their bits
 * do not depend on which step asked first, and a run that goes on elsewhere gets the same.
 *
 * @param batches One for each pair.
 */
export async function addProbeGradients(
  { architecture, weights, pairFeatures }: WeightSet,
  { set: { version }, pairs, centerCoefficient, precision }: RewardStepRequest,
  batches: readonly PackedBatch[],
  onBatch: OnBatch,
): Promise<JudgedPairs> {
  const known = pairFeatures.at(version);
  const featuresOf = architecture.pairFeatures(precision);
  const rows: Features[] = [];
  for (const [i, batch] of batches.entries()) {
    const key = keyOf(pairs[i]!, precision);
    const features = known.get(key) ?? featuresOf(weights, batch);
    known.set(key, features);
    rows.push(features);
    await onBatch(i + 1, batches.length);
  }
  const [loss, rewards] = tf.tidy(() => {
    const states = statesOfPairs(rows, architecture.config.hiddenSize);
    const addGradients = architecture.addHeadGradients(precision);
    const parts = addGradients(weights.score!, architecture.gradients().score!, states, {
      ...lossWeights(pairs, pairs.length),
      centerCoefficient,
    });
    return [parts.loss.dataSync()[0]!, parts.rewards.dataSync()];
  });
  const rejected = rewards.length / 2;
  return { loss, rewards: pairs.map((_, i) => ({ chosen: rewards[i]!, rejected: rewards[rejected + i]! })) };
}

const keyOf = ({ promptIds, chosenIds, rejectedIds }: PreferencePair, precision: Precision): string =>
  JSON.stringify([precision, promptIds, chosenIds, rejectedIds]);

/** Those of the chosen completions, then those of the rejected ones, each padded with zeros. [2P, D] */
export function statesOfPairs(rows: readonly Features[], D: number): Tensor2D {
  const P = paddedPairs(rows.length);
  const states = new Float32Array(2 * P * D);
  rows.forEach((features, i) => {
    states.set(features.subarray(0, D), i * D);
    states.set(features.subarray(D), (P + i) * D);
  });
  return tf.tensor2d(states, [2 * P, D]);
}

/** Makes the function that reads a pair's features from a batch of its own. */
export function createPairFeatures(config: Gemma3Config, precision: Precision) {
  const states = compile(
    'pair_features',
    (weights: Gemma3Weights<Variable>, batch: Omit<BatchTensors, 'targets'>) => statesOf(weights, batch, config),
    { precision },
  );
  return (weights: Gemma3Weights<Variable>, batch: PackedBatch): Features =>
    tf.tidy(() => {
      const { chosen, rejected } = pairsOf(batch)[0]!;
      const predictors = tf.tensor1d([chosen, rejected], 'int32');
      return states(weights, { ...toGrids(batch), predictors }).dataSync() as Features;
    });
}

/** {@link addHeadGradients} as one TensorFlow function for each number of pairs. */
export function compileHeadGradients(precision: Precision) {
  return compile(
    'add_head_gradients',
    (score: Variable, gradient: Variable, states: Tensor2D, options: HeadLossOptions) =>
      addHeadGradients(score, gradient, states, options),
    { precision },
  );
}
