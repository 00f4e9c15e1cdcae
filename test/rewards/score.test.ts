import { afterAll, describe, expect, test } from 'vitest';

import { columnProblems, countFaults, isCorrect, scoreSamples, type GroupedSample } from '../../rewards/score.ts';
import type { LoadedReward } from '../../rewards/load.ts';
import { rewardFolder, type RewardText } from '../support/reward-files.ts';

const rewards = rewardFolder();
afterAll(() => rewards.remove());

const LENGTH: RewardText = { name: 'length', score: 'return samples.map(({ completion }) => completion.length)' };

const batch: GroupedSample[] = ['ab', 'abcd'].map((completion) => ({
  ...{ prompt: 'p', completion, finishReason: 'stop' },
  row: { id: completion, answer: completion.length },
}));

const run = (loaded: readonly LoadedReward[], signal = new AbortController().signal) =>
  scoreSamples(loaded, batch, { signal });

test('the total is the weighted sum, the parts name their reward', async () => {
  const loaded = await rewards.load([
    [LENGTH, 2],
    [{ name: 'constant', score: 'return samples.map(() => 3)' }, -0.5],
  ]);
  expect(await run(loaded)).toEqual([
    {
      total: 2 * 2 - 1.5,
      parts: [
        { outcome: 'scored', score: 2, name: 'length' },
        { outcome: 'scored', score: 3, name: 'constant' },
      ],
    },
    expect.objectContaining({ total: 4 * 2 - 1.5 }),
  ]);
});

describe('a part without a number', () => {
  const half = { name: 'half', score: "return samples.map(({ completion }) => (completion === 'ab' ? null : 1))" };

  test('leaves no total where it counts', async () => {
    expect((await run(await rewards.load([[LENGTH], [half]]))).map(({ total }) => total)).toEqual([null, 5]);
  });

  test('is none of NaN either: that is a fault, and no total', async () => {
    const nan = { name: 'nan', score: "return samples.map(({ completion }) => (completion === 'ab' ? NaN : 1))" };
    const scored = await run(await rewards.load([[LENGTH], [nan, 0.5]]));
    expect(scored.map(({ total }) => total)).toEqual([null, 4.5]);
    expect(scored[0]?.parts[1]?.outcome).toBe('infra_error');
  });

  test('leaves none at all where every reward abstains', async () => {
    const mute = { score: 'return samples.map(() => null)' };
    const scored = await run(await rewards.load([[{ ...mute, name: 'mute' }], [{ ...mute, name: 'as-mute' }]]));
    expect(scored.map(({ total }) => total)).toEqual([null, null]);
  });

  test('does not matter at weight 0, where it is only measured', async () => {
    const scored = await run(await rewards.load([[LENGTH], [half, 0]]));
    expect(scored.map(({ total }) => total)).toEqual([2, 4]);
    expect(scored[0]?.parts[1]).toEqual({ outcome: 'abstained', reason: 'no score given', name: 'half' });
  });
});

test('what a reward logs lies beside its verdict', async () => {
  const score =
    'samples.forEach((sample) => context.log(sample, { words: 1, upper: sample.completion.toUpperCase() })); return samples.map(() => 1)';
  const [first] = await run(await rewards.load([[{ score }]]));
  expect(first?.parts[0]).toMatchObject({ outcome: 'scored', columns: { words: 1, upper: 'AB' } });
});

test('a group reward is given all samples of one prompt and no other', async () => {
  const score = 'return samples.map(({ completion }) => samples.length + completion.length / 10)';
  const loaded = await rewards.load([[{ score, scope: 'group' }]]);
  const samples = ['a', 'bb', 'ccc'].map((completion, i) => ({ ...batch[0]!, completion, group: i % 2 }));
  const scored = await scoreSamples(loaded, samples, { signal: new AbortController().signal });
  expect(scored.map(({ total }) => total)).toEqual([2.1, 1.2, 2.3]);
});

test('a reward may ask for the scores of a reward model', async () => {
  const score = "return context.model.score(samples, { model: 'rm' })";
  const loaded = await rewards.load([[{ score }]]);
  const { signal } = new AbortController();
  const asked: unknown[] = [];
  const scoreTexts = async (request: { items: readonly { completion: string }[]; model: string }) => {
    asked.push(request.model);
    return request.items.map(({ completion }) => completion.length / 2);
  };
  const scored = await scoreSamples(loaded, batch, { signal, services: { scoreTexts } });
  expect(scored.map(({ total }) => total)).toEqual([1, 2]);
  expect(asked).toEqual(['rm']);
  const [without] = await scoreSamples(loaded, batch, { signal });
  expect(without?.parts[0]).toMatchObject({
    ...{ outcome: 'infra_error', reason: expect.stringContaining('no model server here') as string },
  });
});

test('an aborted run is no fault of the reward: the reason is thrown', async () => {
  const loaded = await rewards.load([[{ score: 'while (true);', timeoutMs: 60_000 }]]);
  const controller = new AbortController();
  const waiting = run(loaded, controller.signal);
  setTimeout(() => controller.abort(new Error('cancelled')), 100);
  await expect(waiting).rejects.toThrow('cancelled');
  await expect(run(loaded, controller.signal)).rejects.toThrow('cancelled');
});

describe('columns', () => {
  const ANSWERING: RewardText = {
    ...{ name: 'answering', columns: '{ answer: z.number() }' },
    score: 'return samples.map(({ row }) => (row.answer === 2 ? 1 : 0))',
  };

  test('a reward sees the columns it declares, and no others', async () => {
    const spy = {
      columns: '{ answer: z.number() }',
      score: 'samples.forEach((s) => context.log(s, { row: JSON.stringify(s.row) })); return samples.map(() => 1)',
    };
    const scored = await run(await rewards.load([[spy]]));
    expect(scored.map(({ parts }) => parts[0]?.columns)).toEqual([{ row: '{"answer":2}' }, { row: '{"answer":4}' }]);
  });

  test('a row that lacks one is abstained from, the others are judged in their places', async () => {
    const [bad, good] = [{ ...batch[0]!, row: { id: 'x' } }, batch[0]!];
    const loaded = await rewards.load([[ANSWERING]]);
    const scored = await scoreSamples(loaded, [bad, good, bad], { signal: new AbortController().signal });
    expect(scored.map(({ parts: [part] }) => part?.outcome)).toEqual(['abstained', 'scored', 'abstained']);
    expect(scored[0]?.parts[0]?.reason).toMatch(/column that the reward reads: answer: got nothing, expected a number/);
    expect(scored[1]?.total).toBe(1);
  });

  test('columnProblems says which column of which reward, in how many rows, from which on', async () => {
    const rows = [{ id: 'a', answer: 1 }, { id: 'b' }, { id: 'c', answer: '5' }, { id: 'd' }];
    const loaded = await rewards.load([[ANSWERING], [LENGTH]]);
    expect(await columnProblems(loaded, rows)).toEqual([
      'reward answering: column answer: got nothing, expected a number; in 3 of 4 rows, first in row b',
    ]);
    expect(await columnProblems(loaded, [rows[0]!])).toEqual([]);
  });
});

test('correct is the highest score of the first reward; unjudged is neither right nor wrong', async () => {
  const byNumber = { score: 'return samples.map(({ completion }) => (completion === "" ? null : Number(completion)))' };
  const loaded = await rewards.load([[byNumber], [{ name: 'other', score: 'return samples.map(() => 10)' }, 5]]);
  const samples = ['10', '9.5', ''].map((completion) => ({ ...batch[0]!, completion }));
  const scored = await scoreSamples(loaded, samples, { signal: new AbortController().signal });
  expect(scored.map((each) => isCorrect(loaded, each))).toEqual([true, false, null]);
});

test('faults are counted for each reward, the most frequent reason first', () => {
  const fault = (outcome: 'timeout' | 'infra_error', reason: string) => ({ name: 'bad', outcome, reason });
  const good = { name: 'good', outcome: 'scored', score: 1 } as const;
  const parts = [fault('timeout', 'slow'), fault('infra_error', 'no disk'), fault('infra_error', 'no disk')];
  const scored = [...parts, { name: 'bad', outcome: 'abstained', reason: 'x' } as const].map((part) => {
    return { total: null, parts: [good, part] };
  });
  expect(countFaults(scored)).toEqual([
    { name: 'bad', faults: 3, samples: 4, reasons: ['infra_error: no disk (2 times)', 'timeout: slow'] },
  ]);
});
