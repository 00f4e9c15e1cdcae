import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import type { RewardStepRequest } from '../../../model/api/reward-models.ts';
import { leavesOf, parametersOf } from '../../../model/gemma3/weights.ts';
import type { Gemma3Weights } from '../../../model/gemma3/weights.ts';
import { disposeVariable, readVariable } from '../../../model/tensor/variable.ts';
import type { Variable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import { addHeadGradients, addPairGradients, pairLoss } from '../../../model/training/bradley-terry.ts';
import type { PairTensors } from '../../../model/training/bradley-terry.ts';
import { seededDropout } from '../../../model/training/dropout.ts';
import { lossWeights, packPairs, pairTensors, pairsOf, sequencesOf } from '../../../model/training/pairs.ts';
import { createPairFeatures, statesOfPairs } from '../../../model/training/probe.ts';
import { createRewarder } from '../../../model/training/reward.ts';
import { tinyGolden, tinyWeights, zeroGradients } from '../../support/tiny-model.ts';

/** What transformers computes for a reward model; made by `test/golden/reward_tiny.py`. */
const golden = JSON.parse(readFileSync(new URL('../../golden/reward-tiny.json', import.meta.url), 'utf8')) as {
  readonly center: number;
  readonly pairs: readonly (readonly [number[], number[], number[], number])[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, { rows: number[] | null; values: number[] | number[][] }>>;
  readonly gradientNorms: Readonly<Record<string, number>>;
};
const config = { ...tinyGolden.config, scoreHead: true as const };
const pairs: RewardStepRequest['pairs'] = golden.pairs.map(([promptIds, chosenIds, rejectedIds, margin]) => ({
  ...{ promptIds, chosenIds, rejectedIds, margin },
}));

const read = (variable: Variable) => tf.tidy(() => readVariable(variable).arraySync() as number[] | number[][]);
const disposeAll = (tree: Gemma3Weights<Variable>) => leavesOf(tree).forEach(disposeVariable);

/** Loss and gradients, summed over the batches as a step does. */
function gradientsOf({ dropoutRate = 0, seed = 0 } = {}) {
  const weights = tinyWeights(config);
  const gradients = zeroGradients(config);
  let loss = 0;
  for (const batch of packPairs(pairs, 'all')) {
    tf.tidy(() => {
      const tensors = pairTensors(batch, pairsOf(batch), pairs, [seed, 0]);
      const options = { centerCoefficient: golden.center, dropoutRate };
      loss += addPairGradients(weights, gradients, tensors, options, config).loss.dataSync()[0]!;
    });
  }
  const values = new Map(parametersOf(config).map(({ name }, i) => [name, read(leavesOf(gradients)[i]!)]));
  [weights, gradients].forEach(disposeAll);
  return { loss, values };
}
const norm = (values: number[] | number[][]) => Math.hypot(...values.flat());

describe('a reward model', () => {
  test('gives the rewards of transformers', async () => {
    const weights = tinyWeights(config);
    const rewards = await createRewarder(config, 'float32')(weights, sequencesOf(pairs), async () => {});
    disposeAll(weights);
    const expected = golden.chosen.flatMap((value, i) => [value, golden.rejected[i]!]);
    // Largest difference seen: 2e-7.
    rewards.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6));
  });

  test('has the loss and the gradients of transformers, through head and decoder', () => {
    const { loss, values } = gradientsOf();
    expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-6);
    for (const [name, expected] of Object.entries(golden.gradientNorms)) {
      expect(Math.abs(norm(values.get(name)!) / expected - 1), name).toBeLessThan(1e-4);
    }
    for (const [name, { rows, values: expected }] of Object.entries(golden.gradients)) {
      const all = values.get(name)!;
      const chosen = (rows ? rows.map((row) => all[row]) : all) as number[] | number[][];
      const largest = Math.max(...expected.flat().map(Math.abs));
      chosen.flat().forEach((value, i) => {
        expect(Math.abs(value - expected.flat()[i]!), `${name} ${i}`).toBeLessThan(1e-5 * Math.max(1, largest));
      });
    }
  });

  test('as a linear probe has the same gradient of the head', () => {
    const all = gradientsOf();
    const weights = tinyWeights(config);
    const gradients = zeroGradients(config);
    const featuresOf = createPairFeatures(config, 'float32');
    const features = packPairs(pairs, 'head').map((batch) => featuresOf(weights, batch));
    const loss = tf.tidy(() => {
      const options = { ...lossWeights(pairs, pairs.length), centerCoefficient: golden.center };
      const states = statesOfPairs(features, config.hiddenSize);
      return addHeadGradients(weights.score!, gradients.score!, states, options).loss.dataSync()[0]!;
    });
    expect(loss).toBeCloseTo(all.loss, 6);
    const [ours, theirs] = [read(gradients.score!).flat(), all.values.get('score.weight')!.flat()];
    ours.forEach((value, i) => expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-6));
    [weights, gradients].forEach(disposeAll);
  });
});

describe('the loss of Bradley and Terry', () => {
  /** Mean over pairs, and its gradient by r⁺ of each, then by r⁻. */
  const lossAndGradient = (chosen: number[], rejected: number[], c: number) =>
    tf.tidy(() => {
      const weights = tf.fill([chosen.length], 1 / chosen.length) as PairTensors['weights'];
      const loss = (rewards: tf.Tensor1D) => pairLoss(rewards, { weights, margins: tf.zeros([chosen.length]) }, c);
      const { value, grad } = tf.valueAndGrad(loss as (x: tf.Tensor) => tf.Scalar)(
        tf.tensor1d([...chosen, ...rejected]),
      );
      return { loss: value.dataSync()[0]!, gradient: Array.from(grad.dataSync(), (slope) => slope + 0) }; // no −0
    });
  const lossOf = (chosen: number[], rejected: number[], c = 0) => lossAndGradient(chosen, rejected, c).loss;

  test('is that of the specification, with and without centring', () => {
    expect(lossOf([1.2, 0.3, -0.5], [0.2, 0.8, -1.5])).toBeCloseTo(0.533533, 5);
    expect(lossOf([1.2, 0.3, -0.5], [0.2, 0.8, -1.5], 0.01)).toBeCloseTo(0.557433, 5);
    expect(lossOf([1.2], [0.2])).toBeCloseTo(0.313262, 5);
    expect(lossOf([0.3], [0.8])).toBeCloseTo(0.974077, 5);
    expect(lossOf([2], [2])).toBeCloseTo(Math.LN2, 6);
  });

  test('stays finite far out: linear on one side, 0 on the other', () => {
    expect(lossOf([-1000], [1000])).toBe(2000);
    expect(lossOf([1000], [-1000])).toBe(0);
    // Pairs: all wrong, even, all right, even. Of four, each counts a quarter.
    expect(lossAndGradient([-1000, 3, 1000, 0], [1000, 3, -1000, 0], 0).gradient).toEqual([
      ...[-0.25, -0.125, 0, -0.125],
      ...[0.25, 0.125, 0, 0.125],
    ]);
  });
});

describe('dropout', () => {
  const drop = (rate: number, seed: [number, number], site = 0) =>
    tf.tidy(() => [...seededDropout(rate, tf.tensor1d(seed, 'int32'))(tf.ones([4, 50, 50]), site).dataSync()]);

  test('keeps the mean, drops the share asked for, and is a function of seed and site', () => {
    const values = drop(0.1, [3, 4]);
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.9)]));
    // 10,000 numbers: 4 standard deviations are 0.012.
    expect(Math.abs(values.filter((value) => value === 0).length / values.length - 0.1)).toBeLessThan(0.012);
    expect(drop(0.1, [3, 4])).toEqual(values);
    for (const other of [drop(0.1, [3, 5]), drop(0.1, [2, 4]), drop(0.1, [3, 4], 1)]) expect(other).not.toEqual(values);
    expect(new Set(drop(0, [3, 4]))).toEqual(new Set([1]));
  });

  test('changes the gradient of a reward model by its seed', () => {
    const of = (seed: number) => gradientsOf({ dropoutRate: 0.2, seed });
    expect(of(1)).toEqual(of(1));
    expect(of(1).loss).not.toBe(of(2).loss);
  });
});
