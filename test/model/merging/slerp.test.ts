import { describe, expect, test } from 'vitest';

import { groupOf } from '../../../model/merging/merge.ts';
import { slerpCoefficients } from '../../../model/merging/slerp.ts';
import { slerpLambdas } from '../../../policies/warp.ts';

// WARP, arXiv 2406.16768, section 3.2. Expected values are worked out by hand beside each.

const gramOf = (vectors: readonly (readonly number[])[]) =>
  vectors.map((a) => vectors.map((b) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)));

function slerp(vectors: readonly (readonly number[])[], lambdas: readonly number[]): number[] {
  const coefficients = slerpCoefficients(gramOf(vectors), lambdas);
  return vectors[0]!.map((_, axis) => vectors.reduce((sum, vector, i) => sum + coefficients[i]! * vector[axis]!, 0));
}

const expectClose = (got: readonly number[], expected: readonly number[], tolerance = 1e-12) =>
  got.forEach((value, i) => expect(Math.abs(value - expected[i]!), `${i}: ${value}`).toBeLessThan(tolerance));

const unit = (count: number) =>
  Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => +(i === j)));

describe('two task vectors', () => {
  test('of one length: half-way on the arc', () => {
    // The bisector of (1, 0) and (.6, .8) is (1.6, .8) / |(1.6, .8)| = (2, 1) / √5; a straight line gives (.8, .4).
    const merged = slerp([[1, 0, 0], [0.6, 0.8, 0]], [0.5]); // prettier-ignore
    expectClose(merged, [2 / Math.sqrt(5), 1 / Math.sqrt(5), 0]);
    expect(Math.hypot(...merged)).toBeCloseTo(1, 12);
  });

  test('of different lengths: each by sin 45° / sin 90° = √½', () => {
    expectClose(slerp([[1, 0], [0, 2]], [0.5]), [Math.SQRT1_2, Math.SQRT2]); // prettier-ignore
  });

  test.each([0.1, 0.37, 0.8])('keeps the length at λ = %f', (lambda) => {
    const merged = slerp([[3, 0, 4], [0, 5, 0]], [lambda]); // prettier-ignore
    expect(Math.hypot(...merged)).toBeCloseTo(5, 12);
  });

  test('λ = 0 and λ = 1 are the first and the second, exactly', () => {
    const gram = gramOf([[0.1, 0.7], [0.3, -0.2]]); // prettier-ignore
    expect(slerpCoefficients(gram, [0])).toEqual([1, 0]);
    expect(slerpCoefficients(gram, [1])).toEqual([0, 1]);
  });

  test.each([
    [
      'equal',
      [
        [1, 2],
        [1, 2],
      ],
    ],
    [
      'parallel',
      [
        [1, 2],
        [2, 4],
      ],
    ],
    [
      'opposite',
      [
        [1, 2],
        [-1, -2],
      ],
    ],
    [
      'first 0',
      [
        [0, 0],
        [1, 2],
      ],
    ],
    [
      'second 0',
      [
        [1, 2],
        [0, 0],
      ],
    ],
    [
      'both 0',
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ])('no arc (%s): the straight line', (_, vectors) => {
    // prettier-ignore
    expect(slerpCoefficients(gramOf(vectors), [0.25])).toEqual([0.75, 0.25]);
  });

  test('a cosine that rounding pushed beyond 1 is no NaN', () => {
    expect(slerpCoefficients([[1, 1.0000001], [1.0000001, 1]], [0.5])).toEqual([0.5, 0.5]); // prettier-ignore
  });
});

describe('more than two', () => {
  test('orthonormal, with the shares of the paper: not all alike', () => {
    // 3: the first two get √½ at 90°, then √½ · sin 60° = .6124 beside sin 30° = .5; and so on.
    expectClose(slerpCoefficients(unit(3), slerpLambdas(3, 'paper')), [0.6124, 0.6124, 0.5], 5e-5);
    expectClose(slerpCoefficients(unit(4), slerpLambdas(4, 'paper')), [0.5658, 0.5658, 0.4619, 0.3827], 5e-5);
    expectClose(slerpCoefficients(unit(5), slerpLambdas(5, 'paper')), [0.5381, 0.5381, 0.4393, 0.364, 0.309], 5e-5);
  });

  test.each([2, 3, 4, 5])('%i orthonormal, with equal weights: 1/√M each', (count) => {
    const coefficients = slerpCoefficients(unit(count), slerpLambdas(count, 'equal-weight'));
    expectClose(coefficients, new Array<number>(count).fill(1 / Math.sqrt(count)));
  });

  test('the equal-weight shares', () => {
    expectClose(slerpLambdas(5, 'equal-weight'), [0.5, 0.3918, 0.3333, 0.2952], 5e-5);
    expect(slerpLambdas(4, 'paper')).toEqual([1 / 2, 1 / 3, 1 / 4]);
  });

  test('of the same one give that one', () => {
    const coefficients = slerpCoefficients(gramOf([[1, 2], [1, 2], [1, 2]]), slerpLambdas(3, 'paper')); // prettier-ignore
    expect(coefficients.reduce((sum, c) => sum + c)).toBeCloseTo(1, 12);
  });
});

test('a layer is one group; what is outside the layers stands alone', () => {
  expect(groupOf('model.layers.1.self_attn.q_proj.weight')).toBe(groupOf('model.layers.1.mlp.up_proj.weight'));
  expect(groupOf('model.layers.1.mlp.up_proj.weight')).not.toBe(groupOf('model.layers.11.mlp.up_proj.weight'));
  const alone = ['model.embed_tokens.weight', 'model.norm.weight', 'score.weight'];
  expect(alone.map(groupOf)).toEqual(alone);
});
