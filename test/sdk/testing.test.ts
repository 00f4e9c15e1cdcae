import { expect, test } from 'vitest';
import * as z from 'zod';

import { defineReward, type Reward, type Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';

const brevity = defineReward({
  name: 'brevity',
  version: 1,
  params: z.strictObject({ limit: z.number().default(5) }),
  columns: z.strictObject({ word: z.string() }),
  range: [0, 1],
  timeoutMs: 1000,
  score: (samples, { limit }) => samples.map(({ completion }) => (completion.length <= limit ? 1 : 0)),
});
type Row = z.infer<typeof brevity.columns>;

const samples: Sample<Row>[] = ['short', 'much longer'].map((completion) => ({
  prompt: '',
  completion,
  finishReason: 'stop',
  row: { word: 'x' },
}));

/** Names of the contract's tests that a reward fails. */
async function failures(reward: Reward<{ limit: number }, Row>): Promise<string[]> {
  const tests: { name: string; body: () => void | Promise<void> }[] = [];
  describeReward(
    reward,
    { params: {}, samples },
    { describe: (_, body) => body(), test: (name, body) => void tests.push({ name, body }) },
  );
  const failed: string[] = [];
  for (const { name, body } of tests) {
    try {
      await body();
    } catch {
      failed.push(name);
    }
  }
  return failed;
}

test('a good reward passes the contract', async () => {
  expect(await failures(brevity)).toEqual([]);
});

let calls = 0;
const broken: readonly [fault: string, reward: Partial<typeof brevity>, caught: RegExp][] = [
  ['a score out of range', { score: (batch) => batch.map(() => 2) }, /inside its range/],
  ['a missing outcome', { score: (batch) => batch.slice(1).map(() => 1) }, /one outcome for each/],
  ['a score by position', { score: (batch) => batch.map((_, i) => (i === 0 ? 1 : 0)) }, /same alone, in a batch/],
  ['a score by batch size', { score: (batch) => batch.map(() => 1 / batch.length) }, /same alone/],
  ['a score by history', { score: (batch) => batch.map(() => (calls++ % 3) / 3) }, /same alone/],
  [
    'no empty batch',
    { score: (batch) => batch.map(() => Number(batch[0]!.completion.length > 0)).concat(batch.length ? [] : [1]) },
    /empty batch/,
  ],
  [
    'changed samples',
    { score: (batch) => batch.map(({ row }) => ((row as { word: string }).word += '!').length % 1) },
    /leaves its samples/,
  ],
  [
    'loose params',
    { params: z.looseObject({ limit: z.number().default(5) }) as typeof brevity.params },
    /option and a column/,
  ],
  ['loose columns', { columns: z.object({ word: z.string() }) as typeof brevity.columns }, /option and a column/],
  ['a range upside down', { range: [1, 0] }, /range and a time limit/],
  ['no version', { version: 0 }, /a version/],
];

test.each(broken)('the contract catches %s', async (_, change, caught) => {
  expect((await failures({ ...brevity, ...change })).some((name) => caught.test(name))).toBe(true);
});
