import { describe, expect, test } from 'vitest';

import { groupOf, mergeInto } from '../../../model/merging/merge.ts';
import { slerpCoefficients } from '../../../model/merging/slerp.ts';
import { disposeVariable, variableOf, variableValues } from '../../../model/tensor/variable.ts';
import type { Variable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import type { WeightSet } from '../../../model/weight-set.ts';
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

  test('not at right angles: the third meets what the first two made, its length and its angle', () => {
    const [a, b, c] = [[1, 0, 2], [0.5, 1, 0], [-1, 2, 1]] as const; // prettier-ignore
    expectClose(slerp([a, b, c], [0.5, 0.3]), slerp([slerp([a, b], [0.5]), c], [0.3]));
  });

  test('of the same one give that one', () => {
    const coefficients = slerpCoefficients(gramOf([[1, 2], [1, 2], [1, 2]]), slerpLambdas(3, 'paper')); // prettier-ignore
    expect(coefficients.reduce((sum, c) => sum + c)).toBeCloseTo(1, 12);
  });
});

describe('a layer of two tensors', () => {
  /** Far from 0, so that whole weights, unlike what was learned, are nearly parallel. */
  const start = { 'model.layers.0.a': [100, -70], 'model.layers.0.b': [40], 'model.norm.weight': [1] };
  type Learned = readonly (readonly [a: [number, number], b: number, norm: number])[];

  /** The merge of sets that learned so much, less the start. */
  async function slerpOf(learned: Learned, lambdas: readonly number[]): Promise<number[]> {
    const made: Variable[] = [];
    const setOf = (moved: readonly (readonly number[])[]) => {
      const variables = Object.entries(start).map(([name, values], i) => {
        const variable = variableOf(() => tf.tensor1d(values.map((value, j) => value + (moved[i]?.[j] ?? 0))));
        made.push(variable);
        return [name, variable] as const;
      });
      return { namedVariables: () => new Map(variables) } as unknown as WeightSet;
    };
    const target = setOf([]);
    const sources = [[], ...learned.map(([a, b, norm]) => [a, [b], [norm]])].map((moved, i) => {
      return { ref: { name: `${i}`, version: 0 }, set: setOf(moved) };
    });
    const [base, ...sets] = sources.map(({ ref }) => ref);
    const to = { name: 'merged', version: 0 };
    const request = { to, fence: 0, method: 'slerp', base: base!, sets, lambdas } as const;
    await mergeInto(target, sources, request, async () => {});
    const merged = [...target.namedVariables().values()].flatMap((variable) => [...variableValues(variable)]);
    made.forEach(disposeVariable);
    return merged.map((value, i) => value - Object.values(start).flat()[i]!);
  }
  // Numbers around 100 carry 7.6e-6.
  const PRECISION = 5e-5;

  test('has the angle of both together, and not that of either', async () => {
    // Over both tensors cos Ω = 1 / 2: at λ = ½ each weighs sin 30° / sin 60° = .57735. The first by itself has 90° and .70711,
    // the second 0° and ½, as have whole weights. What is outside the layer stands alone: opposite, on a straight line.
    const got = await slerpOf([[[1, 0], 1, 3], [[0, 1], 1, -1]], [0.5]); // prettier-ignore
    expectClose(got, [0.57735, 0.57735, 2 * 0.57735, 1], PRECISION);
  });

  test('of three at right angles is weighed as by equation 26, in the order given', async () => {
    const got = await slerpOf([[[1, 0], 0, 0], [[0, 1], 0, 0], [[0, 0], 1, 0]], slerpLambdas(3, 'paper')); // prettier-ignore
    expectClose(got, [0.61237, 0.61237, 0.5, 0], PRECISION);
  });

  test.each<[string, Learned, number[]]>([
    ['nothing in one', [[[1, 2], 3, 4], [[0, 0], 0, 0]], [0.75, 1.5, 2.25, 3]], // prettier-ignore
    ['nothing in either', [[[0, 0], 0, 0], [[0, 0], 0, 0]], [0, 0, 0, 0]], // prettier-ignore
    ['the same', [[[1, 2], 3, 4], [[1, 2], 3, 4]], [1, 2, 3, 4]], // prettier-ignore
    ['the opposite', [[[1, 2], 3, 4], [[-1, -2], -3, -4]], [0.5, 1, 1.5, 2]], // prettier-ignore
  ])('learned %s: the straight line, never NaN', async (_, learned, expected) => {
    expectClose(await slerpOf(learned, [0.25]), expected, PRECISION);
  });
});

test('a layer is one group; what is outside the layers stands alone', () => {
  expect(groupOf('model.layers.1.self_attn.q_proj.weight')).toBe(groupOf('model.layers.1.mlp.up_proj.weight'));
  expect(groupOf('model.layers.1.mlp.up_proj.weight')).not.toBe(groupOf('model.layers.11.mlp.up_proj.weight'));
  const alone = ['model.embed_tokens.weight', 'model.norm.weight', 'score.weight'];
  expect(alone.map(groupOf)).toEqual(alone);
});
