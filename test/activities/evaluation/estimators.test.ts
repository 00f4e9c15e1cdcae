import { describe, expect, test } from 'vitest';

import { bestOfN, passAtK } from '../../../activities/evaluation/estimators.ts';

/** All ways to choose `size` of `items`. */
function subsets<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) => subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}

const average = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

describe('passAtK', () => {
  test.each([
    [6, 0, 3],
    [6, 1, 3],
    [6, 2, 5],
    [6, 4, 1],
    [6, 6, 6],
    [7, 3, 4],
  ])('of %d samples %d right, k = %d: the share of all choices of k with a right one', (n, right, k) => {
    const isRight = Array.from({ length: n }, (_, i) => i < right);
    const share = average(subsets(isRight, k).map((chosen) => (chosen.includes(true) ? 1 : 0)));
    expect(passAtK(n, right, k)).toBeCloseTo(share, 12);
  });

  test('holds where binomials overflow', () => {
    // 1 − Π (1 − k/i) over i = 1001 to 2000, k = 2: C(1000, 2)/C(2000, 2) = 999/(2·1999) chance of none.
    expect(passAtK(2000, 1000, 2)).toBeCloseTo(1 - 999 / (2 * 1999), 12);
    expect(passAtK(100_000, 1, 50_000)).toBeCloseTo(0.5, 9);
  });
});

describe('bestOfN', () => {
  test('the golden value of the specification', () => {
    // Pairs of 1, 2, 4, 7: best 2, 4, 7, 4, 7, 7: 31/6.
    expect(bestOfN([4, 1, 7, 2], 2)).toBeCloseTo(31 / 6, 12);
  });

  test.each([1, 2, 3, 5, 6])('N = %d of 6 rewards, ties and all: the mean best of all choices', (n) => {
    const rewards = [0.5, -1, 2, 2, 0, 3.5];
    const best = average(subsets(rewards, n).map((chosen) => Math.max(...chosen)));
    expect(bestOfN(rewards, n)).toBeCloseTo(best, 12);
  });

  test('is pass@k for rewards of 0 and 1, also where binomials overflow', () => {
    const rewards = Array.from({ length: 3000 }, (_, i) => (i < 40 ? 1 : 0));
    expect(bestOfN(rewards, 64)).toBeCloseTo(passAtK(3000, 40, 64), 9);
  });
});
