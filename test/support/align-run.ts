import { fileURLToPath } from 'node:url';

import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll } from 'vitest';

import type { Activities } from '../../activities/index.ts';
import type { Checkpoint } from '../../activities/records.ts';
import { temporalBinary } from '../../scripts/paths.mjs';
import { align, type AlignInput, type AlignState } from '../../workflows/align.ts';
import { fakeActivities } from './fake-activities.ts';
import { tinyRecipe } from './tiny-recipe.ts';

/** The model that all runs begin with. */
export const BASE: Checkpoint = {
  ...{ stage: 'base', version: 0, folder: '/models/tiny', sha256: '0', bytes: 1, purpose: 'result', anchor: null },
};

// The whole run, in the words of the fake activities: SFT in 3 steps, J-BOND in 4; evaluated every 3 steps of a stage,
// saved every 2.

export const BEGINNING = [
  'prepareRun',
  'openSets base: result base v0, anchor none, reference none',
  'evaluate base 0 v0, 1 examples',
];
export const SFT = [
  'openSets sft: result base v0, anchor none, reference none',
  'planSft',
  ...['sftBatch 1 v0', 'trainStep sft 1/3 v0', 'recordStep sft 1'],
  ...['sftBatch 2 v1', 'trainStep sft 2/3 v1', 'recordStep sft 2', 'save recovery sft v2'],
  ...['sftBatch 3 v2', 'trainStep sft 3/3 v2', 'recordStep sft 3'],
  ...['save result sft v3', 'remove recovery sft v2', 'evaluate sft 3 v3'],
];
export const jbondStep = (step: number) => [
  `rollout ${step} v${step + 2} against v${step + 2}`,
  `jbondBatch ${step}`,
  `trainStep jbond ${step}/4 v${step + 2}`,
  `moveAnchor ${step} v${step + 2} to v${step + 3}`,
  `recordStep jbond ${step}`,
];
export const JBOND_OPEN = ['openSets jbond: result sft v3, anchor a copy, reference sft', 'planJbond'];
export const JBOND_END = ['save result jbond v7', 'remove recovery jbond v5', 'evaluate jbond 4 v7'];
export const JBOND = [
  ...[...JBOND_OPEN, ...jbondStep(1), ...jbondStep(2), 'save recovery jbond v5'],
  ...[...jbondStep(3), 'evaluate jbond 3 v6', ...jbondStep(4), ...JBOND_END],
];
export const ENDING = ['finishRun finished result/sft-3 result/jbond-7'];

/** What runs of `configs/tiny.yaml` need: a Temporal server, until the tests of the file have ended, and the workflows. */
export async function startAlign() {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const recipe = await tinyRecipe();
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const env = await startTemporal();
  afterAll(() => env.teardown());
  let runs = 0;

  /** Runs the workflow on a worker of its own, and one for each further task queue. */
  async function execute(activities: Activities, input: AlignInput, environment = env): Promise<AlignState> {
    const { runId, memberQueues = [] } = input;
    const connection = environment.nativeConnection;
    const workers = await Promise.all(
      [runId, ...memberQueues].map((taskQueue) => Worker.create({ connection, taskQueue, workflowBundle, activities })),
    );
    const ended = environment.client.workflow.execute(align, { args: [input], taskQueue: runId, workflowId: runId });
    const [state] = await Promise.all(workers.map((worker) => worker.runUntil(ended)));
    return state!;
  }

  /** A whole run on fake activities. */
  async function run(
    options: Parameters<typeof fakeActivities>[0],
    overrides: Partial<AlignInput> = {},
    environment = env,
  ) {
    const { calls, stages, activities } = fakeActivities(options);
    const runId = `run-${runs++}`;
    const state = await execute(activities, { runId, recipe, base: BASE, ...overrides }, environment);
    const jbond = environment.client.workflow.getHandle(`${runId}.jbond`);
    const history = await jbond.fetchHistory().catch(() => null); // there is none when it was not made again
    const isContinued = !!history?.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    return { runId, calls, stages, state, isContinued };
  }

  return { recipe, client: env.client, run, execute };
}

export function startTemporal(...dynamicConfig: string[]): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalBinary()! },
      extraArgs: dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
    },
  });
}
