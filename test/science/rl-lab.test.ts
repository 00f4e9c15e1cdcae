import { describe, expect, test } from 'vitest';

import { closeness, digitWalk, tilted } from '../../science/rl-lab.ts';

describe('the reward', () => {
  test.each([
    [3, '333333', 1],
    [0, '999999', 0],
    [9, '000000', 0],
    [5, '456', (8 / 9 + 1 + 8 / 9) / 6], // what is missing counts 0
    [5, '5a5.55', 4 / 6], // and so does what is no digit
    [5, '555555000', 1], // and what comes after the sixth does not count
    [5, '', 0],
  ])('for %d of %o is %d', (digit, text, expected) => {
    expect(closeness(digit, text)).toBeCloseTo(expected, 12);
  });
});

test('texts are walks of six digits with steps of at most two, and differ by name', () => {
  const texts = Array.from({ length: 200 }, (_, i) => digitWalk(1, 'test', i));
  for (const text of texts) {
    expect(text).toMatch(/^\d{6}$/);
    const digits = [...text].map(Number);
    digits.slice(1).forEach((digit, i) => expect(Math.abs(digit - digits[i]!)).toBeLessThanOrEqual(2));
  }
  expect(new Set(texts).size).toBeGreaterThan(150);
  expect(new Set(texts.map(([first]) => first)).size).toBe(10);
});

describe('the tilted distribution', () => {
  // π = (¾, ¼) with rewards 0 and 1, tilted by exp(r / β) with β = 1 / ln 3: weights ¾ · 1 and ¼ · 3, so (½, ½).
  test('has the reward and KL of the distribution by hand', () => {
    const { reward, kl } = tilted([0, 0, 0, 1], 1 / Math.log(3));
    expect(reward).toBeCloseTo(0.5, 12);
    expect(kl).toBeCloseTo(0.5 * Math.log(0.5 / 0.75) + 0.5 * Math.log(0.5 / 0.25), 12);
  });

  test('is where it began when β is large', () => {
    const { reward, kl } = tilted([0, 0, 0, 1], 1e9);
    expect(reward).toBeCloseTo(0.25, 8);
    expect(kl).toBeCloseTo(0, 8);
  });
});
