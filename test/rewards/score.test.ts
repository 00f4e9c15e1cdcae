import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import type { LoadedReward } from '../../rewards/load.ts';
import { columnProblems, isCorrect, scoreSamples } from '../../rewards/score.ts';
import type { Reward, Sample } from '../../sdk/reward.ts';

function loaded(overrides: Partial<Reward> = {}, weight = 1, params: unknown = {}): LoadedReward {
  const reward: Reward = {
    name: 'length',
    version: 1,
    params: z.strictObject({}),
    columns: z.strictObject({}),
    range: [0, 10],
    timeoutMs: 1000,
    score: (samples) => samples.map(({ completion }) => completion.length),
    ...overrides,
  };
  return { reward, identity: { name: reward.name, version: 1, sha256: '' }, weight, params };
}

const batch: Sample[] = ['ab', 'abcd'].map((completion) => ({
  prompt: 'p',
  completion,
  finishReason: 'stop',
  row: { id: completion, answer: completion.length },
}));

const run = (rewards: readonly LoadedReward[], signal = new AbortController().signal) =>
  scoreSamples(rewards, batch, { signal });

test('the total is the weighted sum, the parts name their reward', async () => {
  const rewards = [loaded({}, 2), loaded({ name: 'constant', score: (samples) => samples.map(() => 3) }, -0.5)];
  expect(await run(rewards)).toEqual([
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
  const half = { name: 'half', score: (samples: readonly Sample[]) => samples.map((_, i) => (i === 0 ? null : 1)) };

  test('leaves no total where it counts', async () => {
    expect((await run([loaded(), loaded(half)])).map(({ total }) => total)).toEqual([null, 5]);
  });

  test('does not matter at weight 0, where it is only measured', async () => {
    const scored = await run([loaded(), loaded(half, 0)]);
    expect(scored.map(({ total }) => total)).toEqual([2, 4]);
    expect(scored[0]?.parts[1]).toEqual({ outcome: 'abstained', reason: 'no score given', name: 'half' });
  });
});

describe('faults of a reward are never scores', () => {
  test.each<[string, Reward['score']]>([
    [
      'thrown at once',
      () => {
        throw new Error('no disk');
      },
    ],
    ['thrown later', () => Promise.reject(new Error('no disk'))],
  ])('an exception %s', async (_, score) => {
    const scored = await run([loaded(), loaded({ name: 'faulty', score })]);
    expect(scored.map(({ total }) => total)).toEqual([null, null]);
    expect(scored[1]?.parts).toEqual([
      { outcome: 'scored', score: 4, name: 'length' },
      { outcome: 'infra_error', reason: 'no disk', name: 'faulty' },
    ]);
  });

  test('a promise that never settles ends at the time limit, and its signal is aborted', async () => {
    let seen: AbortSignal | undefined;
    const silent = loaded({
      name: 'silent',
      timeoutMs: 30,
      score: (_, __, { signal }) => {
        seen = signal;
        return new Promise(() => undefined);
      },
    });
    const [first] = await run([silent]);
    expect(first).toEqual({
      total: null,
      parts: [{ outcome: 'timeout', reason: 'no answer within 30 ms', name: 'silent' }],
    });
    expect(seen?.aborted).toBe(true);
  });

  test('a score out of range', async () => {
    const [first] = await run([loaded({ range: [0, 1] })]);
    expect(first?.parts[0]?.outcome).toBe('infra_error');
  });
});

test('an aborted run is no fault of the reward: the reason is thrown', async () => {
  const controller = new AbortController();
  const waiting = run([loaded({ score: () => new Promise(() => undefined) })], controller.signal);
  controller.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  let calls = 0;
  const counting = loaded({ score: (samples) => samples.map(() => calls++) });
  await expect(run([counting], controller.signal)).rejects.toThrow('cancelled');
  expect(calls).toBe(0);
});

describe('columns', () => {
  const answering = loaded({
    name: 'answering',
    columns: z.strictObject({ answer: z.number() }),
    score: (samples) => samples.map(({ row }) => ((row as { answer: number }).answer === 2 ? 1 : 0)),
  });

  test('a reward sees the columns it declares, and no others', async () => {
    let seen: unknown;
    const spy = loaded({
      columns: z.strictObject({ answer: z.number() }),
      score: (samples) => ((seen = samples), samples.map(() => 1)),
    });
    await run([spy]);
    expect(seen).toMatchObject([{ row: { answer: 2 } }, { row: { answer: 4 } }]);
    expect((seen as Sample[])[0]?.row).not.toHaveProperty('id');
  });

  test('a row that lacks one is abstained from, the others are judged in their places', async () => {
    const [bad, good] = [{ ...batch[0]!, row: { id: 'x' } }, batch[0]!];
    const scored = await scoreSamples([answering], [bad, good, bad], { signal: new AbortController().signal });
    expect(scored.map(({ parts: [part] }) => part?.outcome)).toEqual(['abstained', 'scored', 'abstained']);
    expect(scored[1]?.total).toBe(1);
  });

  test('columnProblems says which column of which reward, in how many rows, from which on', () => {
    const rows = [{ id: 'a', answer: 1 }, { id: 'b' }, { id: 'c', answer: '5' }, { id: 'd' }];
    expect(columnProblems([answering, loaded()], rows)).toEqual([
      'reward answering: column answer: got nothing, expected a number; in 3 of 4 rows, first in row b',
    ]);
    expect(columnProblems([answering], [rows[0]!])).toEqual([]);
  });
});

test('correct is the highest score of the first reward; unjudged is neither right nor wrong', async () => {
  const scores = [10, 9.5, null];
  const samples = scores.map(() => batch[0]!);
  const judge = loaded({ score: () => scores });
  const rewards = [judge, loaded({ name: 'other', score: () => [0, 10, 10] }, 5)];
  const scored = await scoreSamples(rewards, samples, { signal: new AbortController().signal });
  expect(scored.map((each) => isCorrect(rewards, each))).toEqual([true, false, null]);
});
