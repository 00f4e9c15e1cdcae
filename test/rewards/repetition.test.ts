import { describe, expect, test } from 'vitest';

import repetition from '../../rewards/repetition.ts';
import type { Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';
import { judgeWith } from '../support/judge.ts';

function sample(completion: string): Sample<Record<string, never>> {
  return { prompt: '', completion, finishReason: 'stop', row: {} };
}

describeReward(repetition, { params: { n: 2 }, samples: ['', 'a b', 'a a a a'].map(sample) }, { describe, test });

// Counted by hand: different n-grams / n-grams.
test.each<[completion: string, params: object, score: number]>([
  ['the cat sat on the mat', { n: 1 }, 5 / 6],
  ['the cat saw the cat', { n: 2 }, 3 / 4], // the-cat cat-saw saw-the the-cat
  ['The CAT, the cat!', { n: 2 }, 2 / 3], // case and marks do not count
  ['no no no no no no', { n: 4 }, 1 / 3],
  ['no no no', { n: 4 }, 1],
  ['', { n: 1 }, 1],
  ['哈哈哈哈哈', { n: 2, unit: 'characters' }, 1 / 4],
  ['the cat saw the cat', { n: 2, allowed: 0.5 }, 1],
  ['no no no no no no', { n: 4, allowed: 0.5 }, 2 / 3], // 1 − (2/3 − 1/2) / (1 − 1/2)
])('%j with %j earns %d', async (completion, params, score) => {
  expect(await judgeWith(repetition, params, [sample(completion)])).toMatchObject([
    { outcome: 'scored', score: expect.closeTo(score, 12) as number },
  ]);
});

test('words are told apart from their joins', async () => {
  expect(await judgeWith(repetition, { n: 2 }, [sample('a bc ab c')])).toMatchObject([{ score: 1 }]);
});
