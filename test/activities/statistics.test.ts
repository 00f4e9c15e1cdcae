import { describe, expect, test } from 'vitest';

import { mean, standardError, wilsonInterval } from '../../activities/statistics.ts';

describe('wilsonInterval', () => {
  // What defines it: at its ends b, the share p lies exactly z standard errors away, (p − b)² = z² · b(1 − b)/n.
  test.each([
    [50, 100],
    [1, 10],
    [137, 500],
  ])('%d of %d: its ends are the shares that just pass for the one seen', (successes, n) => {
    const [low, high] = wilsonInterval(successes, n);
    const distance = (end: number) => Math.abs(successes / n - end) / Math.sqrt((end * (1 - end)) / n);
    expect(low).toBeLessThan(successes / n);
    expect(high).toBeGreaterThan(successes / n);
    for (const end of [low, high]) expect(distance(end)).toBeCloseTo(1.959964, 6);
  });

  test('is exact at its ends', () => {
    // With p = 0: centre = half width = (z²/2n) / (1 + z²/n), so high = z² / (n + z²) = 3.841459 / 11.841459.
    expect(wilsonInterval(0, 8)).toEqual([0, expect.closeTo(0.324408, 6)]);
    expect(wilsonInterval(8, 8)).toEqual([expect.closeTo(1 - 0.324408, 6), 1]);
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });
});

test('the standard error of a mean divides by n - 1 and by the root of n', () => {
  // Deviations ±1.5, ±0.5: sum of squares 5; s = √(5/3) = 1.290994; s/√4 = 0.645497.
  expect(standardError([1, 2, 3, 4])).toBeCloseTo(0.645497, 6);
  expect(mean([1, 2, 3, 4])).toBe(2.5);
  expect([standardError([7]), standardError([]), mean([])]).toEqual([0, 0, 0]);
});
