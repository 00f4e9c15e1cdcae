import { describe, expect, test } from 'vitest';

import { estimate, frontAt, gapAtEqual, written } from '../../science/statistics.ts';

describe('an estimate', () => {
  test('is the mean with Student’s interval: 1, 2, 3, 4 have t(3) · s / √n = 3.182 · 1.29099 / 2', () => {
    const { mean, interval } = estimate([1, 2, 3, 4]);
    expect(mean).toBe(2.5);
    expect(interval[0]).toBeCloseTo(2.5 - 2.054, 3);
    expect(interval[1]).toBeCloseTo(2.5 + 2.054, 3);
  });

  test('needs two values', () => {
    expect(() => estimate([1])).toThrow('estimate: got 1 values, expected at least 2');
  });

  test('is written with its interval, scaled', () => {
    expect(written({ mean: 0.01234, interval: [-0.5, 0.026] }, 1, 100)).toBe('1.2 (-50.0 to 2.6)');
  });
});

describe('the gap between two paths at equal x', () => {
  // y = 2x up to 4, against y = x up to 2: over x = .2, .4, … 2 the gap is x, in the mean 1.1.
  const steep = [
    [0, 0],
    [1, 2],
    [4, 8],
  ] as const;
  const flat = [
    [0, 0],
    [2, 2],
  ] as const;

  test('is the mean over what both reach', () => {
    expect(gapAtEqual(steep, flat)).toBeCloseTo(1.1, 12);
    expect(gapAtEqual(flat, steep)).toBeCloseTo(-1.1, 12);
  });

  test('does not depend on the order in which a path came to its points', () => {
    expect(gapAtEqual([steep[2], steep[0], steep[1]], flat)).toBeCloseTo(1.1, 12);
  });

  test('takes of a path what is best up to each x, wherever it went later', () => {
    const back = [...steep, [3, 1], [1.5, 1.8], [5, 7]] as const; // all of them worse than what it had
    expect(frontAt(back, 1.5)).toBeCloseTo(3, 12);
    expect(frontAt(back, 4.5)).toBe(8);
    expect(frontAt(back, -1)).toBeNull();
    expect(gapAtEqual(back, flat)).toBeCloseTo(1.1, 12);
  });

  test('goes as far as the sooner gets, at the height of its best', () => {
    // flat stays at 2 up to x = 4; the gap is x up to 2 and 2x − 2 after: .4, .8, … 2, then 2.8, 3.6, … 6
    expect(gapAtEqual([...steep, [9, -100]], [...flat, [4, 0]])).toBeCloseTo(
      (0.4 + 0.8 + 1.2 + 1.6 + 2 + 2.8 + 3.6 + 4.4 + 5.2 + 6) / 10,
      12,
    );
  });

  test('is refused for paths that do not overlap', () => {
    const far = [
      [5, 0],
      [6, 1],
    ] as const;
    expect(() => gapAtEqual(far, flat)).toThrow('expected them to overlap');
  });
});
