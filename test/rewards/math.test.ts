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
  ['3 * 4 = 13', 12, { outcome: 'scored', score: 0, reason: 'not_equal' }],
  ['Tom has 13 of them', 12, { outcome: 'scored', score: 0, reason: 'not_equal' }],
  ['The answer is $(1, 2)$', 12, { outcome: 'scored', score: 0, reason: 'not_equal' }],
  ['\\boxed{\\nothing}', 12, { outcome: 'policy_error', score: 0, reason: 'pred_unparseable' }],
  ['I do not know', 12, { outcome: 'policy_error', score: 0, reason: 'no_answer' }],
  ['\\boxed{12}', 'Some twelve of them.', { outcome: 'abstained', reason: 'gold_unparseable' }],
];

describeReward(
  math,
  { params: {}, samples: cases.map(([completion, answer]) => sample(completion, answer)) },
  { describe, test },
);

async function judge(one: Sample<Row>, options: object = {}) {
  const signal = AbortSignal.timeout(10_000);
  return (await math.score([one], math.params.parse(options), { signal }))[0];
}

test.each(cases)('%j against %j', async (completion, answer, outcome) => {
  expect(await judge(sample(completion, answer))).toEqual(outcome);
});

test('a completion cut off by the limit is not judged by what stands there', async () => {
  expect(await judge(sample('\\boxed{12} or rather', 12, 'length'))).toMatchObject({
    outcome: 'policy_error',
    score: 0,
  });
});

test.each([
  [{}, '0.33', '1/3', 0],
  [{ floatRounding: 2 }, '0.33', '1/3', 1],
  [{}, '$f(y)$', '$f(x)$', 0],
  [{ strict: false }, '$f(y)$', '$f(x)$', 1],
  [{}, '$1 < x < 2$', '$x \\in (1, 2)$', 0],
  [{ allowSetRelation: true }, '$1 < x < 2$', '$x \\in (1, 2)$', 1],
  [{ extract: ['latex'] }, 'it is $3$, after 4 tries', '$3$', 1],
  [{ extract: ['latex', 'expr'] }, 'it is $3$, after 4 tries', '$3$', 0],
  [{ extract: ['string'] }, 'Because B holds, the answer is **C**.', 'C', 1],
] as const)('with %j %j is judged against %j: %i', async (options, completion, answer, score) => {
  expect(await judge(sample(completion, answer), options)).toMatchObject({ score });
});
