import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Checkpoint, RunRef, Sets } from '../../activities/records.ts';
import { LoraConfig } from '../../configs/schema/lora.ts';
import { jbondRuns } from '../support/jbond-runs.ts';
import { startTinyActivities } from '../support/tiny-activities.ts';

// What is saved, opened again and merged, on the real model core with the tiny preset.

const tiny = await startTinyActivities();
const { workspace, model, recipe, base, nextRunId, perform } = tiny;
const { fence, nextFence, open, startJbond, makeStep } = jbondRuns(tiny);

/** sha256 of the policy's weights. */
async function digestOf(run: RunRef, sets: Sets): Promise<string> {
  return (await perform('saveCheckpoint', { run, stage: 'jbond', sets, purpose: 'result' })).checkpoint.sha256;
}

describe('checkpoints', () => {
  test('a stage goes on from a recovery checkpoint as if nothing had happened', async () => {
    const { run, sets } = await startJbond();
    const { trained } = await makeStep(run, 1, sets);
    const move = { run, stage: 'jbond', step: 1, policy: trained.policy, rate: 0.1, fence: fence() };
    const { anchor } = await perform('moveAnchor', { ...move, anchor: sets.anchor });
    const after = { ...sets, policy: trained.policy, anchor };
    const save = { run, stage: 'jbond', sets: after, purpose: 'recovery' as const };
    const { checkpoint } = await perform('saveCheckpoint', save);

    const undisturbed = await makeStep(run, 2, after);
    const weights = await digestOf(run, { ...after, policy: undisturbed.trained.policy });
    const opened = await open(run, checkpoint);
    expect(opened).toEqual(after);
    const resumed = await makeStep(run, 2, opened);
    expect(resumed.trained.metrics).toEqual(undisturbed.trained.metrics);
    expect([resumed.samples, resumed.batch]).toEqual([undisturbed.samples, undisturbed.batch]);
    // Only here do the optimizer's moments show: a step is measured before it is made.
    expect(await digestOf(run, { ...opened, policy: resumed.trained.policy })).toBe(weights);

    await perform('removeCheckpoint', { run, checkpoint });
    expect(readdirSync(join(workspace, `runs/${run.runId}/recovery`))).toEqual([]);
  });

  test('the result of a stage is not removed', async () => {
    const { run, sets } = await startJbond();
    const { checkpoint } = await perform('saveCheckpoint', { run, stage: 'jbond', sets, purpose: 'result' });
    expect(checkpoint).toMatchObject({ folder: `runs/${run.runId}/checkpoints/jbond-0`, anchor: null });
    await expect(perform('removeCheckpoint', { run, checkpoint })).rejects.toThrow(/is kept/);
  });
});

describe('a stage that trains adapters', () => {
  const options = LoraConfig.parse({ rank: 2, targets: ['q_proj', 'v_proj', 'down_proj'] });
  const openOn = async (run: RunRef, checkpoint: Checkpoint) => {
    const how = { reference: base, keepsAnchor: true, trainable: true, lora: { base, options } };
    const { sets } = await perform('openSets', { run, stage: 'jbond', fence: nextFence(), checkpoint, ...how });
    return { ...sets, anchor: sets.anchor! };
  };
  const start = async () => {
    const run = await perform('prepareRun', { runId: nextRunId(), recipe, base });
    return { run, sets: await openOn(run, base) };
  };
  /** A step, and the anchor's after it. */
  const advance = async (run: RunRef, step: number, sets: Sets) => {
    const { trained, metrics } = await makeStep(run, step, sets);
    const move = { run, stage: 'jbond', step, anchor: sets.anchor!, policy: trained.policy, rate: 0.1, fence: fence() };
    const { anchor } = await perform('moveAnchor', move);
    return { sets: { ...sets, policy: trained.policy, anchor }, metrics: { ...metrics, ...trained.metrics } };
  };

  test('holds one base for policy, anchor and reference, and finds no distance between them at first', async () => {
    const { run, sets } = await start();
    expect(sets.reference).toEqual(sets.base);
    const { sets: loaded } = await model.info();
    const ours = loaded.filter(({ name }) => name.startsWith(`${run.runId}/`));
    expect(ours.map(({ name }) => name.split('/')[1])).toEqual(['base', 'policy', 'anchor']);
    expect(ours[1]!.bytes).toBeLessThan(ours[0]!.bytes);
    const { metrics } = await makeStep(run, 1, sets);
    expect(metrics).toMatchObject({ usedPrompts: 4, largestLogRatio: 0, klToAnchor: 0 });
  });

  test('goes on from a recovery checkpoint as if nothing had happened, and ends as a whole model', async () => {
    const straight = await start();
    const first = await advance(straight.run, 1, straight.sets);
    const at = { run: straight.run, stage: 'jbond' };
    const { checkpoint } = await perform('saveCheckpoint', { ...at, sets: first.sets, purpose: 'recovery' });
    const second = await advance(straight.run, 2, first.sets);
    const end = (await perform('saveCheckpoint', { ...at, sets: second.sets, purpose: 'result' })).checkpoint;
    expect(second.metrics.klToAnchor).not.toBe(0);

    const again = await advance(straight.run, 2, await openOn(straight.run, checkpoint));
    expect(again.metrics).toEqual(second.metrics);
    const same = (await perform('saveCheckpoint', { ...at, sets: again.sets, purpose: 'result' })).checkpoint;
    expect(same).toEqual(end);
    expect(end.adapter!.sha256).not.toBe(end.sha256);
    // Loads as any other, for evaluation and for later stages; nothing of the adapters stays.
    const how = { reference: base, keepsAnchor: false, trainable: false };
    const open = { run: straight.run, stage: 'jbond', fence: nextFence(), checkpoint: end, ...how };
    const { sets } = await perform('openSets', open);
    expect(sets.base).toBeUndefined();
    const names = (await model.info()).sets.map(({ name }) => name);
    expect(names).not.toContain(`${straight.run.runId}/base`);
  });
});

describe('merging in a stage', () => {
  test('steps back to the beginning at η = 0 and takes the merge at η = 1, and leaves nothing on the server', async () => {
    const { run, sets } = await startJbond();
    const save = async (stage: string, policy: Sets['policy']) =>
      (await perform('saveCheckpoint', { run, stage, sets: { ...sets, policy }, purpose: 'result' })).checkpoint;
    const start = await save('start', sets.policy);
    const { trained } = await makeStep(run, 1, sets);
    const moved = await save('moved', trained.policy);
    await perform('dropSets', { runId: run.runId });
    const common = { run, base: start };
    const slerp = {
      ...common,
      fence: nextFence(),
      stage: 'both',
      policies: [moved, moved],
      schedule: 'paper' as const,
    };
    const merged = await perform('mergeBySlerp', slerp);
    expect(merged.checkpoint).toMatchObject({ stage: 'both', version: 1, sha256: moved.sha256 }); // of twice the same
    expect(await perform('mergeBySlerp', slerp)).toMatchObject({ checkpoint: merged.checkpoint }); // asked again
    for (const [rate, sha256] of [
      [0, start.sha256],
      [1, moved.sha256],
    ] as const) {
      // prettier-ignore
      const liti = { ...common, fence: nextFence(), stage: `eta-${rate}`, other: merged.checkpoint, rate };
      const { checkpoint, record } = await perform('mergeByLiti', liti);
      expect(checkpoint.sha256).toBe(sha256);
      expect(record).toMatchObject({ by: 'liti', parents: [{ weight: 1 - rate }, { weight: rate }] });
    }
    const names = (await model.info()).sets.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith(`${run.runId}/`))).toEqual([]);
  });
});
