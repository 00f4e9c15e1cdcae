import { describe, expect, test } from 'vitest';

import { bestOfNLaw, expectation, klDivergence } from '../../policies/best-of-n.ts';
import golden from '../golden/bond.json' with { type: 'json' };
import { REFERENCE, REWARDS } from './t5.ts';

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

  test('shares a tie among the tied draws, as enumerating every draw does', () => {
    const ours = bestOfNLaw(REFERENCE, [0, 1, 1, 2, 2], 3);
    ours.forEach((probability, y) => expect(probability).toBeCloseTo(golden.tied[y]!, 12));
    expect(ours.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test('the best of N of the best of M is the best of N·M', () => {
    const nested = bestOfNLaw(bestOfNLaw(REFERENCE, REWARDS, 2), REWARDS, 4);
    bestOfNLaw(REFERENCE, REWARDS, 8).forEach((probability, y) => expect(nested[y]).toBeCloseTo(probability, 12));
  });
});

test('klDivergence counts an impossible completion as 0', () => {
  expect(klDivergence([0, 1], [0.5, 0.5])).toBeCloseTo(Math.log(2), 15);
});
