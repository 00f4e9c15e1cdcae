import { describe, expect, test } from 'vitest';

import { bestOfNLaw, expectation, klDivergence } from '../../policies/best-of-n.ts';
import golden from '../golden/bond.json' with { type: 'json' };
import { REFERENCE, REWARDS } from './t5.ts';

/** p_≤ of each completion. */
const NOT_BETTER = [0.4, 0.7, 0.85, 0.95, 1];

describe('bestOfNLaw', () => {
  test.each(Object.entries(golden.laws))('best of %s: law, reward, KL', (n, { law, reward, kl }) => {
    const ours = bestOfNLaw(REFERENCE, REWARDS, Number(n));
    ours.forEach((probability, y) => expect(probability).toBeCloseTo(law[y]!, 12));
    expect(expectation(ours, REWARDS)).toBeCloseTo(reward, 12);
    expect(klDivergence(ours, REFERENCE)).toBeCloseTo(kl, 12);
    expect(klDivergence(ours, REFERENCE)).toBeLessThanOrEqual(
      Math.log(Number(n)) - (Number(n) - 1) / Number(n) + 1e-12,
    );
  });

  // Formula (4), literally: π · p_≤^(N−1) · Σ_{i=1..N} (p_< / p_≤)^(i−1).
  test.each(Array.from({ length: 16 }, (_, i) => i + 1))('best of %i is the formula of the theorem, and a law', (n) => {
    const [worse, notBetter] = [[0, 0.4, 0.7, 0.85, 0.95], NOT_BETTER];
    const ours = bestOfNLaw(REFERENCE, REWARDS, n);
    ours.forEach((probability, y) => {
      const ratio = worse[y]! / notBetter[y]!;
      const correction = Array.from({ length: n }, (_, i) => ratio ** i).reduce((sum, power) => sum + power);
      expect(probability).toBeCloseTo(REFERENCE[y]! * notBetter[y]! ** (n - 1) * correction, 12);
    });
    expect(ours.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test.each([
    [1, -0.503026],
    [2, -0.311328],
    [4, -0.160782],
    [8, -0.075896],
    [16, -0.03148],
  ])('the mean of log p_≤ at the best of %i is %d', (n, expected) => {
    expect(expectation(bestOfNLaw(REFERENCE, REWARDS, n), NOT_BETTER.map(Math.log))).toBeCloseTo(expected, 6);
  });

  test('shares a tie among the tied draws, as enumerating every draw does', () => {
    const ours = bestOfNLaw(REFERENCE, [0, 1, 1, 2, 2], 3);
    ours.forEach((probability, y) => expect(probability).toBeCloseTo(golden.tied[y]!, 12));
    expect(ours.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test.each([
    [2, 4, REWARDS],
    [5, 3, REWARDS],
    [3, 4, [0, 1, 1, 2, 2]],
  ])('the best of %i of the best of %i is the best of as many as both make: rewards %j', (n, m, rewards) => {
    const nested = bestOfNLaw(bestOfNLaw(REFERENCE, rewards, m), rewards, n);
    bestOfNLaw(REFERENCE, rewards, n * m).forEach((probability, y) => expect(nested[y]).toBeCloseTo(probability, 12));
  });
});

test('klDivergence counts an impossible completion as 0', () => {
  expect(klDivergence([0, 1], [0.5, 0.5])).toBeCloseTo(Math.log(2), 15);
});
