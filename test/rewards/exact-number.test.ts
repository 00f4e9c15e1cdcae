import { describe, expect, test } from 'vitest';

import { readRows } from '../../activities/data/rows.ts';
import exactNumber from '../../rewards/exact-number.ts';
import { normalizeOutcomes } from '../../sdk/outcomes.ts';
import type { Outcome, Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';
import { isThere, testData } from '../support/data.ts';

type Row = { answer: string | number };

function sample(completion: string, answer: string | number = '12', overrides: Partial<Sample<Row>> = {}): Sample<Row> {
  return { prompt: '', completion, finishReason: 'stop', row: { answer }, ...overrides };
}

async function judge(samples: readonly Sample<Row>[], params: unknown = {}): Promise<Outcome[]> {
  const signal = AbortSignal.timeout(1000);
  return normalizeOutcomes(
    exactNumber,
    await exactNumber.score(samples, exactNumber.params.parse(params), { signal }),
    samples.length,
  );
}

describeReward(
  exactNumber,
  {
    params: { after: '=' },
    samples: [
      sample(' 7 + 5 = 12'),
      sample(' 7 + 5 = 13'),
      sample('none'),
      sample('= 12', 'twelve'),
      sample('= 12', 12, { finishReason: 'length' }),
    ],
  },
  { describe, test },
);

test.each([
  ['it is 12', '12', 1],
  ['it is 12.', 12, 1],
  ['1,200.0', '1200', 1],
  ['1200', '1,200', 1],
  ['12 pens, no, 13', '12', 0],
  ['-12', '12', 0],
  ['0.1', '.10', 1],
  ['5 - 17 = -12', '-12', 1],
])('the last number of %j against %j: %d', async (completion, answer, score) => {
  expect(await judge([sample(completion, answer)])).toMatchObject([{ outcome: 'scored', score }]);
});

test.each([
  [' 7 + 5 = 12', { after: '=' }, 1],
  [' 7 + 5 = 12 pens = 30', { after: '=', occurrence: 'first' }, 1],
  [' 7 + 5 = 12 pens = 30', { after: '=' }, 0], // the last is the default
  ['Answer: 12 (in 3 steps)', { after: 'Answer:' }, 1],
  [' 7 + 5 =12 - 3', { after: '=' }, 1],
])('the number of %j after %j: %d', async (completion, params, score) => {
  expect(await judge([sample(completion)], params)).toMatchObject([{ outcome: 'scored', score }]);
});

test('what is no answer earns 0 and says why', async () => {
  const outcomes = await judge(
    [sample('twelve'), sample('12 =', '12'), sample('= 24/2'), sample(' 7 + 5 = 12', 12, { finishReason: 'length' })],
    { after: '=' },
  );
  expect(outcomes).toEqual([
    { outcome: 'policy_error', score: 0, reason: 'no "=" in the completion' },
    { outcome: 'policy_error', score: 0, reason: 'no number' },
    { outcome: 'policy_error', score: 0, reason: 'not a plain number' },
    { outcome: 'policy_error', score: 0, reason: 'cut off by the token limit' },
  ]);
});

test('a row without a plain answer teaches nothing, whatever was said', async () => {
  const outcomes = await judge([
    sample('12', '1/2'),
    sample('12', '12 pens'),
    sample('0', '', { finishReason: 'length' }),
  ]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['abstained', 'abstained', 'abstained']);
});

const FILE = 'math/verify-suites/gsm8k_model_outputs.jsonl';
test.skipIf(!isThere(FILE))('agrees with every verdict on 5,276 recorded model answers', async () => {
  const rows = await readRows(testData(FILE));
  const samples = rows.map(({ prediction, gold }) => sample(String(prediction), String(gold)));
  const outcomes = await judge(samples, { after: 'A:' });
  const disagreements = rows.filter((row, i) => {
    const outcome = outcomes[i]!;
    return ('score' in outcome ? outcome.score : null) !== row.expected;
  });
  expect([rows.length, disagreements.length]).toEqual([5276, 0]);
});
