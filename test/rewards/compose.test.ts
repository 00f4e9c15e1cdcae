import { describe, expect, test } from 'vitest';

import { rlooWeights } from '../../policies/rloo.ts';
import { compose, compositionFindings, type Combine } from '../../rewards/compose.ts';
import type { Outcome } from '../../sdk/reward.ts';

const reward = (weight: number, range: [number, number] = [0, 1], name = 'r') => ({ name, weight, range });
const outcome = (score: number | null): Outcome =>
  score === null ? { outcome: 'timeout', reason: 'slow' } : { outcome: 'scored', score };
const rows = (...scores: (number | null)[][]) => scores.map((each) => each.map(outcome));

test('sum and product, weights as factors and as exponents', () => {
  const rewards = [reward(2), reward(0.5), reward(0)];
  const parts = rows([0.5, 0.25, 9], [1, null, 9], [1, 1, null]);
  expect(compose('sum', rewards, parts, [0, 1, 2])).toEqual([1.125, null, 2.5]);
  expect(compose('product', rewards, parts, [0, 1, 2])).toEqual([0.125, null, 1]);
});

test('two rewards in one group: the sums, and their advantages over their deviation, as TRL normalizes a group', () => {
  const rewards = [reward(1), reward(0.5)];
  const totals = compose('sum', rewards, rows([1, 0], [1, 1], [0, 1], [0, 0]), ['p', 'p', 'p', 'p']) as number[];
  expect(totals).toEqual([1, 1.5, 0.5, 0]);
  // Of G samples, A is G / (G − 1) times the distance from the mean; a weight is A / G. s² = (.25² + .75²) · 2 / 3.
  const samples = totals.map((each) => ({ reward: each, logProb: -1, anchorLogProb: -1 }));
  const [weights] = rlooWeights([{ id: 'p', samples }], 0.1).weights;
  const deviation = Math.sqrt(1.25 / 3);
  const normalized = weights!.map((weight) => (3 * weight) / (deviation + 1e-4));
  [0.387238, 1.161715, -0.387238, -1.161715].forEach((expected, i) => expect(normalized[i]).toBeCloseTo(expected, 6));
});

test.each<Combine>(['sum', 'product', 'gate', 'lexicographic'])(
  '%s of nothing that has a number has none',
  (combine) => {
    const rewards = [reward(1), reward(0.5)];
    expect(compose(combine, rewards, rows([null, null], [null, null]), ['p', 'p'])).toEqual([null, null]);
  },
);

test('behind a closed gate nothing counts, not even a fault', () => {
  const rewards = [reward(2), reward(1)];
  const parts = rows([1, 0.5], [0, 0.5], [0, null], [1, null], [null, 1]);
  expect(compose('gate', rewards, parts, [0, 1, 2, 3, 4])).toEqual([2.5, 0, 0, null, null]);
});

describe('lexicographic', () => {
  test('the first decides, the next breaks ties; no score of the second outweighs the first', () => {
    const rewards = [reward(1), reward(1, [-1e9, 1e9])];
    const parts = rows([1, -1e9], [0, 1e9], [1, 5], [1, 5]);
    // Comparisons won, of 3: the second loses to all; the third and fourth tie and beat the others.
    expect(compose('lexicographic', rewards, parts, ['p', 'p', 'p', 'p'])).toEqual([1 / 3, 0, 2.5 / 3, 2.5 / 3]);
  });

  test('a difference that a sum would round away decides', () => {
    const parts = rows([1, 1e-18], [1, 0]);
    expect(compose('lexicographic', [reward(1), reward(1)], parts, [0, 0])).toEqual([1, 0]);
    expect(new Set(compose('sum', [reward(1), reward(1)], parts, [0, 0])).size).toBe(1);
  });

  test('groups are apart; a negative weight turns the order; what has no number is not compared', () => {
    const parts = rows([3], [1], [2], [null], [7]);
    const totals = compose('lexicographic', [reward(-1, [0, 9])], parts, ['a', 'a', 'a', 'a', 'b']);
    expect(totals).toEqual([0, 1, 0.5, null, 0.5]);
  });

  test('weight 0 breaks no tie', () => {
    const totals = compose('lexicographic', [reward(1), reward(0)], rows([1, 1], [1, 0]), [0, 0]);
    expect(totals).toEqual([0.5, 0.5]);
  });
});

test.each<[Combine, ReturnType<typeof reward>[], string[]]>([
  ['product', [reward(1), reward(1, [-1, 1]), reward(-2)], ['1 r gives scores from -1', '2 got weight -2']],
  ['product', [reward(1), reward(0, [-1, 1])], []],
  ['sum', [reward(-1, [-1, 1])], []],
  ['gate', [reward(1), reward(1, [-1, 0])], ['0 got weight 1, expected more than 1']],
  ['gate', [reward(1.5), reward(1, [-1, 0])], []],
  ['gate', [reward(1), reward(-2)], ['0 got weight 1, expected more than 2']],
  ['gate', [reward(0), reward(-1), reward(1)], ['1 got weight -1, expected more than 0']],
])('%s says what it cannot do with rewards', (combine, rewards, expected) => {
  const loaded = rewards.map(({ weight, ...each }) => ({ reward: each, weight }));
  const findings = compositionFindings({ judging: { combine } }, loaded);
  expect(findings.map(({ path, message }) => `${String(path[1])} ${message}`)).toEqual(
    expected.map((start) => expect.stringMatching(`^${start}`) as string),
  );
});
