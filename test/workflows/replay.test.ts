import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { temporal } from '@temporalio/proto';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, test } from 'vitest';

/**
 * Histories of a run that lost its weights once. Workflow code that cannot replay them cannot carry on runs begun before
 * it was changed. When that is meant: CABOCHON_RECORD_HISTORIES=1 npx vitest run test/workflows/recovery.test.ts
 */
const WORKFLOWS = ['align', 'sft', 'jbond'];

let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
});

test.each(WORKFLOWS)('%s replays a recorded history', async (name) => {
  await Worker.runReplayHistory({ workflowBundle }, parseHistory(await recorded(name)));
});

test('a history in which something else was asked for does not replay', async () => {
  const history = (await recorded('sft')).replace('"trainStep"', '"evaluate"');
  await expect(Worker.runReplayHistory({ workflowBundle }, parseHistory(history))).rejects.toThrow(
    DeterminismViolationError,
  );
});

function parseHistory(json: string) {
  return temporal.api.history.v1.History.fromObject(JSON.parse(json));
}

function recorded(name: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../histories/${name}.json`, import.meta.url)), 'utf8');
}
