import { describe, expect, test } from 'vitest';

import { permutation, uniform, uniformInt } from '../../sdk/random.ts';

describe('uniform', () => {
  test('is a function of all its arguments and of nothing else', () => {
    const values = [
      uniform(7, 'a', 1),
      uniform(8, 'a', 1),
      uniform(7, 'b', 1),
      uniform(7, 'a', 2),
      uniform(7, 'a', '1'),
      uniform(7, 'a1'),
      uniform(7, 'a', 1, 0),
      uniform(7, '', 'a', 1),
      uniform(7, 1, 'a'),
      uniform(7, 'ab', 'c'),
      uniform(7, 'a', 'bc'),
    ];
    expect(new Set(values).size).toBe(values.length);
    expect(uniform(7, 'a', 1)).toBe(values[0]);
    expect(uniform(0, -0)).toBe(uniform(0, 0));
  });

  test('is even, and uncorrelated between neighbouring counters, seeds and its own bits', () => {
    const n = 20_000;
    const draws = Array.from({ length: n }, (_, i) => uniform(1, 'x', i));
    const bins = new Array<number>(16).fill(0);
    for (const draw of draws) bins[Math.floor(draw * 16)]! += 1;
    const expected = n / 16;
    const chiSquare = bins.reduce((sum, bin) => sum + (bin - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(37.7); // 15 degrees of freedom, p = 0.001

    // |correlation| of independent draws is under 4 / √n in all but 1 of 16,000 tries
    const other = Array.from({ length: n }, (_, i) => uniform(2, 'x', i));
    const lowBits = draws.map((draw) => (draw * 2 ** 26) % 1);
    for (const partner of [draws.slice(1), other, lowBits]) {
      expect(Math.abs(correlation(draws, partner))).toBeLessThan(4 / Math.sqrt(n));
    }
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
  });
});

test('uniformInt reaches both ends and nothing beyond', () => {
  const draws = Array.from({ length: 300 }, (_, i) => uniformInt(3, 6, 1, i));
  expect([...new Set(draws)].sort()).toEqual([3, 4, 5, 6]);
});

describe('permutation', () => {
  test('holds each number once, whatever the count', () => {
    for (const count of [0, 1, 2, 97]) {
      expect(permutation(count, 3).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }
    expect(permutation(97, 3)).not.toEqual(permutation(97, 4));
  });

  test('gives each order of three equally often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = permutation(3, seed).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values())
      expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length);
  const mean = (values: readonly number[]) => values.slice(0, n).reduce((sum, value) => sum + value, 0) / n;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [covariance, varianceA, varianceB] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    covariance += x * y;
    varianceA += x * x;
    varianceB += y * y;
  }
  return covariance / Math.sqrt(varianceA * varianceB);
}
