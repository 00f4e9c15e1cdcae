import { describe, expect, test } from 'vitest';

import math from '../../rewards/math.ts';
import type { Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';

type Row = { answer: string | number };

function sample(completion: string, answer: string | number, finishReason: 'stop' | 'length' = 'stop'): Sample<Row> {
  return { prompt: '', completion, finishReason, row: { answer } };
}

const cases: readonly [completion: string, answer: string | number, outcome: object][] = [
  ['So \\boxed{\\frac{8}{2}}.', '4.0', { outcome: 'scored', score: 1, reason: 'equal' }],
  ['\\boxed{x + 1}', '\\boxed{1 + x}', { outcome: 'scored', score: 1, reason: 'equal' }],
  ['3 * 4 = 13', 12, { outcome: 'policy_error', score: 0, reason: 'pred_unparseable: 3 * 4 = 13' }],
  ['Tom has 13 of them', 12, { outcome: 'scored', score: 0, reason: 'not_equal: 13 is not 12' }],
  ['The answer is $(1, 2)$', 12, { outcome: 'policy_error', score: 0, reason: 'pred_unparseable: (1, 2)' }],
  ['I do not know', 12, { outcome: 'policy_error', score: 0, reason: 'no_answer' }],
  ['\\boxed{12}', '$[1, 2]$', { outcome: 'abstained', reason: 'gold_unparseable: [1, 2]' }],
];

describeReward(
  math,
  { params: {}, samples: cases.map(([completion, answer]) => sample(completion, answer)) },
  { describe, test },
);

test.each(cases)('%j against %j', async (completion, answer, outcome) => {
  const signal = AbortSignal.timeout(1000);
  expect(await math.score([sample(completion, answer)], {}, { signal })).toEqual([outcome]);
});

test('a completion cut off by the limit is not judged by what stands there', async () => {
  const signal = AbortSignal.timeout(1000);
  const outcomes = await math.score([sample('\\boxed{12} or rather', 12, 'length')], {}, { signal });
  expect(outcomes).toMatchObject([{ outcome: 'policy_error', score: 0 }]);
});
