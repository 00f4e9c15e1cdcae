import { expect, test } from 'vitest';

import { normalizeOutcomes, scoreOf } from '../../sdk/outcomes.ts';
import type { Outcome } from '../../sdk/reward.ts';

const reward = { name: 'r', range: [-1, 1] as const };
const one = (value: unknown): Outcome | undefined => normalizeOutcomes(reward, [value], 1)[0];

test('a number is scored, null abstained, an outcome stays what it is', () => {
  expect(one(0.5)).toEqual({ outcome: 'scored', score: 0.5 });
  expect(one(null)).toEqual({ outcome: 'abstained', reason: 'no score given' });
  for (const outcome of [
    { outcome: 'scored', score: -1 },
    { outcome: 'scored', score: 1, reason: 'equal' },
    { outcome: 'policy_error', score: 0, reason: 'loops' },
    { outcome: 'timeout', reason: 'slow' },
    { outcome: 'infra_error', reason: 'no disk' },
    { outcome: 'abstained', reason: 'no answer in the row' },
  ])
    expect(one(outcome)).toEqual(outcome);
});

test.each([
  [NaN, 'got score NaN, expected one from -1 to 1'],
  [Infinity, 'got score Infinity'],
  [1.01, 'got score 1.01'],
  [{ outcome: 'policy_error', score: -2, reason: 'x' }, 'got score -2'],
  [undefined, 'got undefined, expected a number'],
  ['1', 'got 1, expected a number'],
  [true, 'got true'],
  [{ outcome: 'scored' }, 'got {"outcome":"scored"}'],
  [{ outcome: 'policy_error', score: 0 }, 'got {"outcome":"policy_error","score":0}'],
  [{ outcome: 'abstained' }, 'got {"outcome":"abstained"}'],
  [{ outcome: 'infra_error', score: 0, reason: 'x' }, 'got {"outcome":"infra_error"'],
  [{ outcome: 'passed', score: 1 }, 'got {"outcome":"passed"'],
])('%j is a fault of the reward, not a score', (value, reason) => {
  expect(one(value)).toEqual({
    outcome: 'infra_error',
    reason: expect.stringContaining(`reward r: ${reason}`) as string,
  });
});

test('another count than asked for is a fault of them all: none can be told whose it is', () => {
  for (const raw of [[1], [1, 1, 1], undefined, 1, { 0: 1, 1: 1, length: 2 }]) {
    const outcomes = normalizeOutcomes(reward, raw, 2);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['infra_error', 'infra_error']);
  }
  expect(normalizeOutcomes(reward, [], 0)).toEqual([]);
});

test('scoreOf gives the number of those that have one', () => {
  expect(scoreOf({ outcome: 'policy_error', score: 0, reason: 'x' })).toBe(0);
  expect(scoreOf({ outcome: 'timeout', reason: 'x' })).toBeNull();
});
