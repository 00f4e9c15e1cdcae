import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import type { OptimizerOptions } from '../../../model/api/training.ts';
import { leavesOf, makeWeights } from '../../../model/gemma3/weights.ts';
import type { Gemma3Weights, Trainable } from '../../../model/gemma3/weights.ts';
import { assignVariable, disposeVariable, readVariable, variableOf } from '../../../model/tensor/variable.ts';
import type { Variable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import { createAdamW, zeroMoments } from '../../../model/training/adamw.ts';
import { createEma } from '../../../model/training/ema.ts';
import { formulaWeights } from '../../support/formula-weights.ts';
import { tinyGolden } from '../../support/tiny-model.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/adamw.json', import.meta.url), 'utf8')) as {
  options: OptimizerOptions;
  steps: number;
  gradientAmplitude: number;
  gradNorms: number[];
  parameters: number[][];
};
/** V 5, D 4, F 3, N 2, K 1, H 6, as in the script. */
const config = {
  ...tinyGolden.config,
  ...{ vocabSize: 5, hiddenSize: 4, intermediateSize: 3, numHiddenLayers: 1 },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: 6 },
};
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function formulaTree(first: number, amplitude?: number, factor = 1): Gemma3Weights<Variable> {
  let number = first;
  return makeWeights(config, ({ shape }) => {
    const values = formulaWeights(number++, sizeOf(shape), amplitude).map((value) => value * factor);
    return variableOf(() => tf.tensor(values, [...shape]));
  });
}

const valuesOf = (tree: Trainable<Variable>) =>
  leavesOf(tree).map((variable) => tf.tidy(() => [...readVariable(variable).dataSync()]));
const disposeAll = (...trees: Trainable<Variable>[]) =>
  trees.flatMap((tree) => leavesOf(tree)).forEach(disposeVariable);

/** The golden's steps; gives the parameters and the norms of the gradients. */
function run(): { parameters: number[][]; gradNorms: number[] } {
  const adamW = createAdamW();
  const parameters = formulaTree(0);
  const moments = zeroMoments(parameters);
  const gradNorms: number[] = [];
  for (let step = 1; step <= golden.steps; step++) {
    const gradients = formulaTree(100 * step, golden.gradientAmplitude, step % 3 === 0 ? 0.1 : 1);
    gradNorms.push(adamW(parameters, gradients, moments, step, golden.options));
    expect(Math.max(...valuesOf(gradients).flat().map(Math.abs))).toBe(0); // cleared for the next step
    disposeAll(gradients);
  }
  const values = valuesOf(parameters);
  disposeAll(parameters, moments.mean, moments.variance);
  return { parameters: values, gradNorms };
}

describe('createAdamW', () => {
  test('follows torch.optim.AdamW with clipping for ten steps', () => {
    const { parameters, gradNorms } = run();
    gradNorms.forEach((norm, i) => expect(Math.abs(norm / golden.gradNorms[i]! - 1)).toBeLessThan(1e-6));
    golden.parameters.forEach((values, n) =>
      // Largest difference seen: 6e-8.
      values.forEach((value, i) => expect(Math.abs(parameters[n]![i]! - value)).toBeLessThan(3e-7)),
    );
  });

  test('gives the same bits again', () => expect(run()).toEqual(run()));
});

describe('createEma', () => {
  test('after k steps is the closed form, rate 0 leaves the target and rate 1 copies the source, exactly', () => {
    const ema = createEma();
    const [target, source] = [formulaTree(0), formulaTree(50)];
    const [start, goal] = [valuesOf(target), valuesOf(source)];
    ema(target, source, 0);
    expect(valuesOf(target)).toEqual(start);
    for (let k = 0; k < 7; k++) ema(target, source, 0.05);
    // target = source + (1 − rate)^k (start − source)
    valuesOf(target).forEach((values, n) =>
      values.forEach((value, i) => {
        const expected = goal[n]![i]! + 0.95 ** 7 * (start[n]![i]! - goal[n]![i]!);
        expect(Math.abs(value - expected)).toBeLessThan(3e-7);
      }),
    );
    ema(target, source, 1);
    expect(valuesOf(target)).toEqual(goal);
    expect(valuesOf(source)).toEqual(goal);
    // The copy is a copy: the source's next step must not move it.
    tf.tidy(() => assignVariable(source.norm, tf.zeros([4])));
    expect(valuesOf(target)).toEqual(goal);
    disposeAll(target, source);
  });
});
