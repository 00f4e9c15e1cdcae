import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { ArtifactRef } from '../../activities/artifacts.ts';
import { journalLines } from '../../activities/journal.ts';
import type { Sets } from '../../activities/records.ts';
import type { Recipe } from '../../configs/load.ts';
import { jbondRuns } from '../support/jbond-runs.ts';
import { startTinyActivities } from '../support/tiny-activities.ts';

// Evaluations and rewards on the real model core, with the tiny preset.

const tiny = await startTinyActivities();
const { workspace, store, recipe, base, perform } = tiny;
const { startJbond, makeStep, linesOf } = jbondRuns(tiny);

describe('evaluation', () => {
  test('the KL is 0 between equal weights and not after a step', async () => {
    const { run, sets } = await startJbond();
    const evaluate = (step: number, policy: Sets['policy']) =>
      perform('evaluate', {
        ...{ run, stage: 'jbond', step, policy, reference: sets.reference, isReference: false, fewShot: 0 },
      });
    const before = await evaluate(0, sets.policy);
    expect(before.evaluation).toMatchObject({ n: 8, unjudged: 0, klToSft: 0, klToSftStandardError: 0 });
    // The sampler against the scorer on 8 greedy completions of up to 8 tokens. Largest seen: 2e-6 nats.
    expect(before.evaluation.samplerGap.n).toBeGreaterThan(8);
    expect(before.evaluation.samplerGap.largest).toBeLessThan(5e-6);
    expect(before.evaluation.samplerGap.largest).toBeGreaterThan(0);
    const { trained } = await makeStep(run, 1, sets);
    const { evaluation } = await evaluate(1, trained.policy);
    expect(evaluation.klToSft).not.toBe(0);
    expect(evaluation.klToSftStandardError).toBeGreaterThan(0);
    expect(await evaluate(1, trained.policy)).toMatchObject({ evaluation }); // asked again: the same line
  });
});

test('an evaluation says what each reward means, the merely measured ones too', async () => {
  const control = { use: 'repetition', weight: 0, control: true, params: { n: 1, unit: 'characters' } };
  const { run, sets } = await startJbond({ ...recipe, rewards: [{ ...recipe.rewards[0]!, weight: 2 }, control] });
  const at = { run, stage: 'jbond', step: 0, policy: sets.policy, reference: null, isReference: false, fewShot: 0 };
  const { evaluation } = await perform('evaluate', at);
  const lines = await linesOf({ path: `runs/${run.runId}/samples/evaluation-jbond-000000.jsonl` } as ArtifactRef);
  const meanOf = (part: number) =>
    lines.reduce((total, { parts }) => total + (parts[part] as { score: number }).score, 0) / lines.length;
  expect(Object.keys(evaluation.rewards)).toEqual(['reward', 'exact-number', 'repetition']);
  expect(evaluation.rewards.reward).toMatchObject({ value: 2 * meanOf(0), n: 8 });
  expect(evaluation.rewards.repetition!.value).toBeCloseTo(meanOf(1), 12);
  const [low, high] = evaluation.rewards.repetition!.interval;
  expect(low).toBeLessThan(meanOf(1));
  expect(high).toBeGreaterThan(meanOf(1));
});

/** The recipe with a reward of one expression in place of its own. */
function judgedBy(verdict: string, judging: Partial<Recipe['judging']> = {}, file = 'own-reward.ts'): Recipe {
  const use = join(workspace, file);
  writeFileSync(
    use,
    `import { defineReward, z } from 'cabochon/sdk';
     export default defineReward({ name: 'own', version: 1, params: z.strictObject({}), columns: z.strictObject({}),
       range: [0, 1], timeoutMs: 5000, score: (samples) => samples.map((sample, i) => ${verdict}) });`,
  );
  return {
    ...recipe,
    rewards: [{ ...recipe.rewards[0]!, use, params: {} }],
    judging: { ...recipe.judging, ...judging },
  };
}

const failing = "(() => { throw new Error('no service'); })()";

test('an evaluation of completions that nothing could judge is an error with the reason, no accuracy of 0', async () => {
  const evaluate = async (of: Recipe) => {
    const { run, sets } = await startJbond(of);
    const at = { run, stage: 'jbond', step: 0, policy: sets.policy, reference: null };
    return perform('evaluate', { ...at, isReference: true, fewShot: 0 });
  };
  await expect(evaluate(judgedBy('null'))).rejects.toThrow(/none of 8 completions could be judged.*no score given/s);
  await expect(evaluate(judgedBy(failing))).rejects.toMatchObject({
    ...{ type: 'RewardFaultError', nonRetryable: true },
    message: expect.stringMatching(/reward own: 8 of 8 .*no service.*maxFaultRate \(0.05\)/s) as string,
  });
  await expect(evaluate(judgedBy(failing, { maxFaultRate: 1 }))).rejects.toThrow(/none of 8.*no service/s);
});

describe('a run', () => {
  test('goes on after a fault or two, with a metric and an alarm, and stops at the first where none is allowed', async () => {
    const once = "sample.completion === faulty ? { outcome: 'infra_error', reason: 'a blip' } : 1";
    const one = await startJbond(judgedBy('1'));
    const { samples } = await makeStep(one.run, 1, one.sets);
    const faulty = `((faulty) => ${once})(${JSON.stringify((await linesOf(samples))[0]!.completion)})`;
    const { run, sets } = await startJbond(judgedBy(faulty, {}, 'blip.ts'));
    const at = { stage: 'jbond', step: 1, rows: null, policy: sets.policy, anchor: sets.anchor };
    const { metrics } = await perform('rollout', { ...at, run });
    expect(metrics).toMatchObject({ 'rewards/own/infra_error': 1 / 12, 'rewards/own': 1, alarms: 1 });
    expect(await store.read(`runs/${run.runId}/alarms.jsonl`)).toContain('"alarm":"fault_rate","reward":"own"');

    const strict = await startJbond(judgedBy(faulty, { maxFaultRate: 0 }, 'blip.ts'));
    const stopped = perform('rollout', {
      ...at,
      run: strict.run,
      policy: strict.sets.policy,
      anchor: strict.sets.anchor,
    });
    await expect(stopped).rejects.toMatchObject({ type: 'RewardFaultError' });
  });

  test('is judged by the code as it is at each step; a step made again keeps its verdicts', async () => {
    const first = judgedBy('0.25', {}, 'edited.ts');
    const { run, sets } = await startJbond(first);
    const rollout = (step: number) =>
      perform('rollout', { run, stage: 'jbond', step, rows: null, policy: sets.policy, anchor: sets.anchor });
    const before = await rollout(1);
    judgedBy('0.75', {}, 'edited.ts');
    expect(await perform('prepareRun', { runId: run.runId, recipe: first, base })).toEqual(run); // as a resumed run does
    expect((await rollout(1)).samples).toEqual(before.samples);
    const rewards = new Set((await linesOf((await rollout(2)).samples)).map(({ reward }) => reward));
    expect(rewards).toEqual(new Set([0.75]));
    const record = journalLines(await store.read(`runs/${run.runId}/rewards.jsonl`)).map(
      (text) => JSON.parse(text) as object,
    );
    expect(record).toMatchObject([
      { stage: 'jbond', step: 1 },
      { stage: 'jbond', step: 2 },
    ]);
  });
});
