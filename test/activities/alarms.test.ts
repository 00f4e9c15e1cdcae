import { describe, expect, test } from 'vitest';

import { alarmsOf, raiseAlarms } from '../../activities/alarms.ts';
import { localStore } from '../../activities/artifacts.ts';
import type { Metrics } from '../../activities/records.ts';
import { rewardMetrics, type JudgedLine } from '../../activities/reward-metrics.ts';
import type { Recipe } from '../../configs/load.ts';
import type { Outcome } from '../../sdk/reward.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyRecipe } from '../support/tiny-recipe.ts';

const tiny = await tinyRecipe();
const entry = (use: string, weight: number, control = false) => ({ use, weight, control, params: {} });
const recipe: Recipe = {
  ...tiny,
  rewards: [entry('a', 1), entry('b', 0.5), entry('c', 0, true)],
  judging: { ...tiny.judging, alarms: { ...tiny.judging.alarms, window: 3 } },
};

const part = (name: string, score: number | null): Outcome & { name: string } =>
  score === null ? { name, outcome: 'timeout', reason: 'slow' } : { name, outcome: 'scored', score };

/** A line judged by a, b and c; the reward is their weighted sum. */
function line(group: number, completion: string, [a, b, c]: readonly (number | null)[]): JudgedLine {
  const reward = a == null || b == null ? null : a + 0.5 * b;
  return { group, completion, reward, isCorrect: null, parts: [part('a', a!), part('b', b!), part('c', c!)] };
}

describe('metrics of a step', () => {
  const lines = [
    line(0, 'x', [1, 0, 4]),
    line(0, 'y', [0, 2, null]),
    line(1, 'x', [1, 0, 2]),
    line(1, 'z', [null, 4, 0]),
    line(2, 'q', [0, 0, 2]),
    line(2, 'r', [0, 0, 2]),
  ];
  const metrics = rewardMetrics(recipe, lines);

  test('by hand', () => {
    // Rewards 1, 1, 1, 0, 0: mean 0.6, variance 0.24. Groups 0 and 2 earn the same, group 1 has one without a reward.
    expect(metrics.rewardStd).toBeCloseTo(Math.sqrt(0.24), 12);
    expect(metrics.equalRewards).toBeCloseTo(2 / 3, 12);
    expect(metrics.duplicates).toBeCloseTo(2 / 6, 12);
    expect(metrics.trained).toBeCloseTo(0.6, 12);
    // a: 1, 0, 1, 0, 0 has variance 0.24. b: 0, 2, 0, 4, 0, 0 has 20/6 − 1 = 7/3, weighted by 0.5²: 7/12.
    expect(metrics.dominance).toBeCloseTo(7 / 12 / (0.24 + 7 / 12), 12);
    expect(metrics['faults/timeout']).toBeCloseTo(2 / 18, 12);
    expect(metrics['faults/infra_error']).toBe(0);
    expect(metrics['rewards/c']).toBe(2);
    expect(metrics['rewards/a/timeout']).toBeCloseTo(1 / 6, 12);
  });

  test('lexicographic: what is trained on is the first that counts; nothing scored, no mean', () => {
    const byOrder = { ...recipe, judging: { ...recipe.judging, combine: 'lexicographic' as const } };
    expect(rewardMetrics(byOrder, lines).trained).toBeCloseTo(0.4, 12);
    const none = rewardMetrics(recipe, [line(0, 'x', [null, null, null])]);
    expect(none).not.toHaveProperty('rewards/a');
    expect(none).not.toHaveProperty('trained');
    expect(none['rewards/a/timeout']).toBe(1);
  });
});

/** Metrics of a step in which all is well. */
function healthy(change: Metrics = {}): Metrics {
  return {
    ...{ completionLength: 10, rewardStd: 0.5, equalRewards: 0.2, duplicates: 0, dominance: 0.6, trained: 0.5 },
    ...{ 'rewards/a/abstained': 0, 'rewards/b/abstained': 0, 'rewards/c/abstained': 0, 'rewards/c': 0.5 },
    ...change,
  };
}
const steps = (count: number, change: (step: number) => Metrics) =>
  Array.from({ length: count }, (_, step) => healthy(change(step)));
const raised = (all: readonly Metrics[]) => alarmsOf(recipe, all).map(({ alarm, reward = '' }) => `${alarm} ${reward}`);

test('a healthy run is silent', () => {
  expect(raised(steps(12, () => ({})))).toEqual([]);
  expect(raised([])).toEqual([]);
});

test.each<[string, readonly Metrics[]]>([
  ['dominance ', [healthy({ dominance: 0.96 })]],
  ['duplicates ', [healthy({ duplicates: 0.51 })]],
  ['equal_groups ', [healthy({ equalRewards: 0.91 })]],
  ['fault_rate b', [healthy({ 'rewards/b/timeout': 0.02 })]],
  ['variance_collapse ', steps(6, (step) => ({ rewardStd: step < 3 ? 0.5 : 0.04 }))],
  ['length_drift ', steps(6, (step) => ({ completionLength: step < 3 ? 10 : 21 }))],
  ['length_drift ', steps(6, (step) => ({ completionLength: step < 3 ? 10 : 4 }))],
  [
    'control_falls c',
    steps(6, (step) => ({ trained: step < 3 ? 0.1 * step : 1, 'rewards/c': step < 3 ? 0.5 : 0.1 + 0.01 * step })),
  ],
])('%sis raised', (alarm, all) => {
  expect(raised(all)).toEqual([alarm]);
});

test.each<[string, readonly Metrics[]]>([
  ['both rise', steps(6, (step) => ({ trained: step, 'rewards/c': step }))],
  [
    'the control falls within its noise',
    steps(6, (step) => ({ trained: step, 'rewards/c': [0.9, 0, 0.9, 0.8, 0, 0.9][step]! })),
  ],
  ['the window is not full yet', steps(5, (step) => ({ completionLength: step < 3 ? 10 : 30 }))],
])('no alarm when %s', (_, all) => {
  expect(raised(all)).toEqual([]);
});

test('alarms are recorded with the step they began at, and the same when the step is made again', async () => {
  const store = localStore(temporaryFolder());
  const run = { runId: 'r' } as Parameters<typeof raiseAlarms>[1]['run'];
  const raise = (step: number, metrics: Metrics) => raiseAlarms(store, { run, stage: 'jbond', step }, recipe, metrics);
  expect(await raise(1, healthy())).toEqual({ alarms: 0 });
  expect(await raise(2, healthy({ duplicates: 1 }))).toEqual({ alarms: 1 });
  for (let times = 0; times < 2; times++) {
    expect(await raise(3, healthy({ duplicates: 1, dominance: 1 }))).toEqual({ alarms: 2 });
  }
  const lines = (await store.read('runs/r/alarms.jsonl'))
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as object);
  expect(lines).toMatchObject([
    { stage: 'jbond', step: 2, alarms: [{ alarm: 'duplicates', since: 2 }] },
    {
      stage: 'jbond',
      step: 3,
      alarms: [
        { alarm: 'dominance', since: 3 },
        { alarm: 'duplicates', since: 2 },
      ],
    },
  ]);
});
