import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';

import type { Stage } from '../../configs/schema/recipe.ts';
import type { RunProgress, StageProgress } from '../../workflows/progress.ts';
import { BASE, BEGINNING, ENDING, JBOND, jbondStep, SFT, startAlign } from '../support/align-run.ts';
import { fakeActivities } from '../support/fake-activities.ts';

// What ends a stage or a run early, by itself or because somebody says so, and what makes it wait.

const { recipe, client, run, execute } = await startAlign();

const PATIENT = { timeout: 20_000 };

describe.concurrent('align', { timeout: 120_000 }, () => {
  test('ends a stage at the first evaluation beyond klStop', async () => {
    const stages = recipe.stages.map((stage) => (stage.kind === 'jbond' ? { ...stage, klStop: 0.5 } : stage));
    // Lost after that, it ends there again; the steps are those of the whole plan.
    const { calls } = await run({ kl: () => 0.6, loseAt: ['save result jbond v6'] }, { recipe: { ...recipe, stages } });
    expect(calls.filter((call) => call.startsWith('trainStep jbond'))).toEqual([
      ...['trainStep jbond 1/4 v3', 'trainStep jbond 2/4 v4', 'trainStep jbond 3/4 v5', 'trainStep jbond 3/4 v5'],
    ]);
    expect(calls.filter((call) => call.startsWith('evaluate jbond'))).toEqual(['evaluate jbond 3 v6']);
    expect(calls.slice(-4)).toEqual([
      'recordStep jbond 3',
      ...['save result jbond v6', 'remove recovery jbond v5'],
      'finishRun finished result/sft-3 result/jbond-6',
    ]);
  });

  test('measures klStop to the weights that the stage began with where there is no SFT', async () => {
    const jbond = recipe.stages.find(({ kind }) => kind === 'jbond')!;
    const openings = async (stage: Stage) => {
      const { calls } = await run({ kl: () => 0.6 }, { recipe: { ...recipe, stages: [stage] } });
      return [calls.find((call) => call.startsWith('openSets jbond')), calls.at(-1)];
    };
    const limited = { ...jbond, klStop: 0.5 } as Stage;
    const opened = 'openSets jbond: result base v0, anchor a copy, reference';
    expect(await openings(limited)).toEqual([`${opened} base`, 'finishRun finished result/jbond-3']);
    expect(await openings(jbond)).toEqual([`${opened} none`, 'finishRun finished result/jbond-4']);
  });

  test('ends a stage by a stop rule, also when the weights were lost while it counted', async () => {
    const stopWhen = [{ metric: 'reward', above: 0.4, forSteps: 3 }];
    const stages = recipe.stages.map((stage) => (stage.kind === 'jbond' ? { ...stage, stopWhen } : stage));
    const options = { recipe: { ...recipe, stages } };
    for (const loseAt of [[], ['jbondBatch 3']]) {
      const { calls, state } = await run({ loseAt }, options);
      expect(calls.filter((call) => call.startsWith('recordStep jbond'))).toEqual(
        [1, 2, 3].map((step) => `recordStep jbond ${step}`),
      );
      expect(state.checkpoints.at(-1)).toMatchObject({ stage: 'jbond', version: 6 });
    }
  });
});

describe.concurrent('control', { timeout: 120_000 }, () => {
  test('stops after the step in hand, and goes on from there when started again', async () => {
    const fake = fakeActivities({
      during: async (call) => {
        if (call === 'rollout 3 v5 against v5') await client.workflow.getHandle('stopped').executeUpdate('stop');
      },
    });
    const input = { runId: 'stopped', recipe, base: BASE };
    const first = await execute(fake.activities, input);
    expect(first.outcome).toBe('stopped');
    // Step 3 was in hand: it is finished, evaluated and saved.
    expect(fake.calls.slice(-9)).toEqual([
      ...[...jbondStep(3), 'evaluate jbond 3 v6', 'save recovery jbond v6', 'remove recovery jbond v5'],
      'finishRun stopped result/sft-3',
    ]);

    const again = fakeActivities();
    const second = await execute(again.activities, { ...input, resume: first });
    expect(again.calls).toEqual([
      'prepareRun',
      'openSets jbond: recovery jbond v6, anchor v6, reference sft',
      ...jbondStep(4),
      ...['save result jbond v7', 'remove recovery jbond v6', 'evaluate jbond 4 v7'],
      ...ENDING,
    ]);
    expect(second.evaluations.map(({ stage }) => stage)).toEqual(['base', 'sft', 'jbond']);
  });

  test('waits while it is paused, and refuses what makes no sense', async ({ expect }) => {
    const handle = client.workflow.getHandle('paused');
    const fake = fakeActivities({
      during: async (call) => {
        if (call === 'sftBatch 2 v1') await handle.executeUpdate('pause');
      },
    });
    const running = execute(fake.activities, { runId: 'paused', recipe, base: BASE });
    const child = client.workflow.getHandle('paused.sft');
    await expect.poll(() => fake.calls.at(-1), PATIENT).toBe('save recovery sft v2');
    await expect.poll(async () => (await child.query<StageProgress>('progress')).step, PATIENT).toBe(2);
    expect(await child.query<StageProgress>('progress')).toMatchObject({ steps: 3, control: { paused: true } });
    expect(await handle.query<RunProgress>('progress')).toMatchObject({ stage: 'sft', child: 'paused.sft' });
    await expect(handle.executeUpdate('pause')).rejects.toThrow(WorkflowUpdateFailedError);
    expect(fake.calls.at(-1)).toBe('save recovery sft v2'); // all that took a while, and nothing was done in it
    await handle.executeUpdate('resume');
    await expect(handle.executeUpdate('resume')).rejects.toThrow(WorkflowUpdateFailedError);
    const state = await running;
    expect(state.outcome).toBe('finished');
    expect(fake.calls).toEqual([...BEGINNING, ...SFT, ...JBOND, ...ENDING]);
  });
});
