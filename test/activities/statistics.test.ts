import { describe, expect, test } from 'vitest';

import {
  mean,
  meanEstimate,
  partEstimate,
  ratioEstimate,
  shareEstimate,
  standardError,
  wilsonInterval,
} from '../../activities/statistics.ts';

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

describe('estimates', () => {
  test('of a mean: 1.96 standard errors on either side', () => {
    const { value, interval, n } = meanEstimate([1, 2, 3, 4]);
    expect([value, n]).toEqual([2.5, 4]);
    expect(interval).toEqual([
      expect.closeTo(2.5 - 1.959964 * 0.645497, 5),
      expect.closeTo(2.5 + 1.959964 * 0.645497, 5),
    ]);
  });

  test("of a share: Wilson's for yes and no and where all are equal, else that of a mean, from 0 to 1", () => {
    expect(shareEstimate([1, 0, 0, 1]).interval).toEqual(wilsonInterval(2, 4));
    expect(shareEstimate([0.5, 0.5]).interval).toEqual(wilsonInterval(1, 2));
    const { value, interval } = shareEstimate([0.1, 0.1, 1]);
    expect(value).toBeCloseTo(0.4, 12);
    expect(interval).toEqual([0, expect.closeTo(0.4 + 1.959964 * 0.3, 5)]); // s = 0.5196, /√3
  });

  test('of a ratio: pairs vary as wholes', () => {
    // R = 6/12; a − R·b: 1, −1, 0; squares 2, ·3/2 = 3; √3/12.
    const { value, interval, n } = ratioEstimate([
      [3, 4],
      [1, 4],
      [2, 4],
    ]);
    expect([value, n]).toEqual([0.5, 3]);
    expect(interval[1]).toBeCloseTo(0.5 + (1.959964 * Math.sqrt(3)) / 12, 6);
    // The same pairs twice are no more varied, only more.
    const pairs = [[3, 4], [1, 4]] as const; // prettier-ignore
    const [once, fourfold] = [ratioEstimate(pairs), ratioEstimate([...pairs, ...pairs, ...pairs, ...pairs])];
    expect((fourfold.interval[1] - 0.5) / (once.interval[1] - 0.5)).toBeCloseTo(Math.sqrt(8 / 7 / 8), 6);
  });

  test('of a part: never outside 0 to 1, and not certain at the ends', () => {
    expect(partEstimate([[1, 1], [0, 3]]).interval[0]).toBe(0); // prettier-ignore
    expect(partEstimate([[0, 1], [0, 3]])).toEqual({ value: 0, interval: wilsonInterval(0, 2), n: 2 }); // prettier-ignore
  });
});
