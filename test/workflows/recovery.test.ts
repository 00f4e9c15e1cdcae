import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { WorkflowFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';

import {
  BASE,
  BEGINNING,
  ENDING,
  JBOND,
  JBOND_END,
  JBOND_OPEN,
  jbondStep,
  SFT,
  startAlign,
  startTemporal,
} from '../support/align-run.ts';
import { fakeActivities } from '../support/fake-activities.ts';

// What a run does when the weights on the server are lost, and when its history grows long.

const { recipe, client, run, execute } = await startAlign();

describe.concurrent('align', { timeout: 120_000 }, () => {
  test('goes back to the last checkpoint when the weights are lost, and makes the steps since again', async () => {
    const { calls, state, runId } = await run({ loseAt: ['jbondBatch 4'] });
    // Lost in step 4: the checkpoint holds 2 steps. Step 3 is made again, its evaluation is not.
    expect(calls).toEqual([
      ...[...BEGINNING, ...SFT, ...JBOND_OPEN, ...jbondStep(1), ...jbondStep(2), 'save recovery jbond v5'],
      ...[...jbondStep(3), 'evaluate jbond 3 v6', ...jbondStep(4).slice(0, 2)],
      'openSets jbond: recovery jbond v5, anchor v5, reference sft',
      ...[...jbondStep(3), ...jbondStep(4), ...JBOND_END, ...ENDING],
    ]);
    expect(state.outcome).toBe('finished');
    if (process.env.CABOCHON_RECORD_HISTORIES) await recordHistories(runId);
  });

  test('begins a stage again when the weights are lost before its first checkpoint', async () => {
    const { calls } = await run({ loseAt: ['recordStep sft 1', 'evaluate base 0 v0, 1 examples'] });
    expect(calls).toEqual([
      ...[...BEGINNING, ...BEGINNING.slice(1)],
      ...SFT.slice(0, 5),
      ...[SFT[0], ...SFT.slice(2)], // what was planned stays planned
      ...[...JBOND, ...ENDING],
    ]);
  });

  test('evaluates the result of a stage again when the weights are lost after it was saved', async () => {
    const { calls } = await run({ loseAt: ['evaluate sft 3 v3'] });
    const again = ['openSets sft: result sft v3, anchor none, reference none', 'evaluate sft 3 v3'];
    expect(calls).toEqual([...BEGINNING, ...SFT, ...again, ...JBOND, ...ENDING]);
  });

  test('gives up when the weights are lost again and again without a step in between', async () => {
    const { calls, activities } = fakeActivities({ loseAt: new Array<string>(20).fill('sftBatch 1 v0') });
    const running = execute(activities, { runId: 'lost', recipe, base: BASE });
    await expect(running).rejects.toThrow(WorkflowFailedError);
    expect(calls.filter((call) => call === 'sftBatch 1 v0')).toHaveLength(20);
    expect(calls.at(-1)).toBe('dropSets');
  });

  test('carries a stage on in a new execution when its history grows long', async () => {
    const short = await startTemporal('limit.historyCount.suggestContinueAsNew=40');
    try {
      const { calls, isContinued } = await run({ loseAt: ['jbondBatch 4'] }, {}, short);
      expect(calls.filter((call) => call.startsWith('openSets'))).toHaveLength(4);
      expect(calls.filter((call) => call.startsWith('plan'))).toEqual(['planSft', 'planJbond']);
      expect(calls.slice(-8)).toEqual([...jbondStep(4).slice(1), ...JBOND_END, ...ENDING]);
      expect(isContinued).toBe(true);
    } finally {
      await short.teardown();
    }
  });
});

/** Keeps the histories of a run and its stages for `replay.test.ts`. */
async function recordHistories(runId: string): Promise<void> {
  for (const [name, workflowId] of Object.entries({ align: runId, sft: `${runId}.sft`, jbond: `${runId}.jbond` })) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    const file = fileURLToPath(new URL(`../histories/${name}.json`, import.meta.url));
    await writeFile(file, `${JSON.stringify(history, null, 1)}\n`);
  }
}
