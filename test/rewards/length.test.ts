import { describe, expect, test } from 'vitest';

import length from '../../rewards/length.ts';
import type { Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';
import { judgeWith } from '../support/judge.ts';

function sample(completion: string, finishReason: 'stop' | 'length' = 'stop'): Sample<Record<string, never>> {
  return { prompt: '', completion, finishReason, row: {} };
}

function words(count: number): Sample<Record<string, never>> {
  return sample(Array.from({ length: count }, () => "it's").join(' '));
}

describeReward(
  length,
  { params: { max: 2, margin: 2 }, samples: [words(1), words(3), words(9), sample('', 'length')] },
  { describe, test },
);

// DAPO, equation 13, plus 1, with L_max = 20 and L_cache = 8: 1 up to 12, then 1 − (length − 12)/8, 0 from 20.
test.each([
  [0, 1],
  [12, 1],
  [13, 0.875],
  [16, 0.5],
  [19, 0.125],
  [20, 0],
  [50, 0],
])('%d words, at most 12 with a margin of 8: %d', async (count, score) => {
  expect(await judgeWith(length, { max: 12, margin: 8 }, [words(count)])).toMatchObject([{ outcome: 'scored', score }]);
});

test('too short is as bad as too long', async () => {
  const params = { min: 4, max: 4, margin: 4 };
  const outcomes = await judgeWith(length, params, [0, 1, 4, 7, 8].map(words));
  expect(outcomes).toMatchObject([0, 0.25, 1, 0.25, 0].map((score) => ({ score })));
});

test('characters are code points, and a margin of 0 is a step', async () => {
  const outcomes = await judgeWith(
    length,
    { unit: 'characters', max: 3 },
    ['ab', ' 👍👍👍\n', 'abcd'].map((text) => sample(text)),
  );
  expect(outcomes).toMatchObject([1, 1, 0].map((score) => ({ score })));
});

test('a completion cut off earns what the longest earns', async () => {
  expect(await judgeWith(length, { max: 9 }, [sample('short', 'length')])).toEqual([
    { outcome: 'policy_error', score: 0, reason: 'cut off by the token limit' },
  ]);
});

test.each([
  [{}, 'got neither min nor max; give one of them'],
  [{ min: 3, max: 2 }, 'got 2, expected at least min (3)'],
])('%j is refused', (params, message) => {
  expect(length.params.safeParse(params).error?.issues[0]?.message).toBe(message);
});
