import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Activities } from '../../activities/index.ts';
import type { Checkpoint } from '../../activities/records.ts';
import type { Recipe } from '../../configs/load.ts';
import { LoraConfig } from '../../configs/schema/lora.ts';
import { RlooStage } from '../../configs/schema/rloo.ts';
import type { Stage } from '../../configs/schema/recipe.ts';
import { SuitesConfig } from '../../configs/schema/suites.ts';
import { WarpStage } from '../../configs/schema/warp.ts';
import { temporalBinary } from '../../scripts/paths.mjs';
import { align, type AlignInput, type AlignState } from '../../workflows/align.ts';
import type { RunProgress, StageProgress } from '../../workflows/progress.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { tinyRecipe } from '../support/tiny-recipe.ts';

const BASE: Checkpoint = {
  ...{ stage: 'base', version: 0, folder: '/models/tiny', sha256: '0', bytes: 1, purpose: 'result', anchor: null },
};

/** The whole run: SFT in 3 steps, J-BOND in 4; evaluated every 3 steps of a stage, saved every 2. */
const BEGINNING = [
  'prepareRun',
  'openSets base: result base v0, anchor none, reference none',
  'evaluate base 0 v0, 1 examples',
];
const SFT = [
  'openSets sft: result base v0, anchor none, reference none',
  'planSft',
  ...['sftBatch 1 v0', 'trainStep sft 1/3 v0', 'recordStep sft 1'],
  ...['sftBatch 2 v1', 'trainStep sft 2/3 v1', 'recordStep sft 2', 'save recovery sft v2'],
  ...['sftBatch 3 v2', 'trainStep sft 3/3 v2', 'recordStep sft 3'],
  ...['save result sft v3', 'remove recovery sft v2', 'evaluate sft 3 v3'],
];
const jbondStep = (step: number) => [
  `rollout ${step} v${step + 2} against v${step + 2}`,
  `jbondBatch ${step}`,
  `trainStep jbond ${step}/4 v${step + 2}`,
  `moveAnchor ${step} v${step + 2} to v${step + 3}`,
  `recordStep jbond ${step}`,
];
const JBOND_OPEN = ['openSets jbond: result sft v3, anchor a copy, reference sft', 'planJbond'];
const JBOND_END = ['save result jbond v7', 'remove recovery jbond v5', 'evaluate jbond 4 v7'];
const JBOND = [
  ...[...JBOND_OPEN, ...jbondStep(1), ...jbondStep(2), 'save recovery jbond v5'],
  ...[...jbondStep(3), 'evaluate jbond 3 v6', ...jbondStep(4), ...JBOND_END],
];
const ENDING = ['finishRun finished result/sft-3 result/jbond-7'];

const PATIENT = { timeout: 20_000 };

let env: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundleWithSourceMap;
let recipe: Recipe;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  recipe = await tinyRecipe();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  env = await startTemporal();
});
afterAll(() => env.teardown());

describe.concurrent('align', { timeout: 120_000 }, () => {
  test('evaluates, trains and saves in the order of the recipe', async () => {
    const { calls, state } = await run({});
    expect(calls).toEqual([...BEGINNING, ...SFT, ...JBOND, ...ENDING]);
    expect(state.outcome).toBe('finished');
    expect(state.evaluations.map(({ stage, step }) => `${stage} ${step}`)).toEqual(['base 0', 'sft 3', 'jbond 4']);
    expect(state.costs.map(({ stage }) => stage)).toEqual(['base', 'sft', 'jbond']);
  });

  test('keeps each stage, and makes none again that was made from the same', async () => {
    const kept = {};
    const first = await run({ kept });
    expect(first.stages).toEqual([
      'wanted sft from base',
      'kept sft from base',
      'wanted jbond from sft',
      'kept jbond from sft',
    ]);
    const second = await run({ kept });
    expect(second.calls).toEqual([...BEGINNING, ...ENDING]);
    expect(second.stages).toEqual(['found sft from base', 'found jbond from sft']);
    expect(second.state).toMatchObject({ ...first.state, fence: expect.any(Number) as number });
    const fresh = await run({ kept }, { fresh: true });
    expect(fresh.calls).toEqual([...BEGINNING, ...SFT, ...JBOND, ...ENDING]);
  });

  test('begins a stage with the policy that it names, and says what each was made of', async () => {
    const [sft, jbond] = recipe.stages as [Stage, Stage];
    const stages = [
      sft,
      jbond,
      { ...jbond, name: 'again', from: 'sft' },
      { ...sft, name: 'anew', from: 'base' },
      { ...jbond, name: 'last' },
    ];
    const { state, calls } = await run({}, { recipe: { ...recipe, stages } });
    expect(calls.filter((call) => call.startsWith('openSets')).slice(1)).toEqual([
      'openSets sft: result base v0, anchor none, reference none',
      'openSets jbond: result sft v3, anchor a copy, reference sft',
      'openSets again: result sft v3, anchor a copy, reference sft',
      'openSets anew: result base v0, anchor none, reference sft',
      'openSets last: result anew v3, anchor a copy, reference anew',
    ]);
    expect(state.weights.map(({ stage, by, parents }) => `${stage} by ${by} from ${parents[0]!.stage}`)).toEqual([
      ...['sft by sft from base', 'jbond by jbond from sft', 'again by jbond from sft', 'anew by sft from base'],
      'last by jbond from anew',
    ]);
  });

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

  test('trains adapters on what a stage began with, and evaluates the model that they were merged into', async () => {
    const lora = LoraConfig.parse({ rank: 2 });
    const stages = recipe.stages.map((stage) => ({ ...stage, lora })) as Stage[];
    const { calls, state } = await run({ loseAt: ['jbondBatch 4'] }, { recipe: { ...recipe, stages } });
    const on = (base: string, steps: readonly string[]) =>
      steps.map((call) => {
        if (call.startsWith('openSets')) return `${call}, adapters on ${base}`;
        return call.startsWith('save') ? `${call} on a base` : call;
      });
    const merged = (stage: string, reference: string) => `openSets ${stage}, anchor none, reference ${reference}`;
    const beforeLoss = [...JBOND_OPEN, ...jbondStep(1), ...jbondStep(2), 'save recovery jbond v5', ...jbondStep(3)];
    const recovery = 'openSets jbond: recovery jbond v5, anchor v5, reference sft';
    const afterLoss = [recovery, ...jbondStep(3), ...jbondStep(4), ...JBOND_END.slice(0, -1)];
    expect(calls).toEqual([
      ...[...BEGINNING, ...on('base v0', SFT.slice(0, -1)), merged('sft: result sft v3', 'none'), SFT.at(-1)],
      ...[...on('sft v3', beforeLoss), 'evaluate jbond 3 v6', ...jbondStep(4).slice(0, 2), ...on('sft v3', afterLoss)],
      ...[merged('jbond: result jbond v7', 'sft'), JBOND_END.at(-1), ...ENDING],
    ]);
    const described = state.weights.map(({ stage, folder, by, parents }) => {
      return `${stage} in ${folder} by ${by} of ${parents.map((parent) => `${parent.role} ${parent.stage}`).join(', ')}`;
    });
    expect(described.slice(2)).toEqual([
      'jbond-adapter in result/jbond-7-adapter by jbond of base sft',
      'jbond in result/jbond-7 by lora-merge of base sft, adapter jbond-adapter',
    ]);
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

  test('measures the untrained model and the result of each stage by the suites, against what came before', async () => {
    const suites = SuitesConfig.parse([
      { kind: 'perplexity' },
      { kind: 'win-rate', name: 'over-base', against: 'base' },
      { kind: 'win-rate', name: 'over-sft', against: 'sft' },
    ]);
    const evaluation = { ...recipe.evaluation, suites };
    // Lost in the middle of them, they are asked for again: the record answers for what was measured before.
    const lost = 'over-sft of jbond 4 v7 against sft';
    const { calls, state } = await run({ loseAt: [lost] }, { recipe: { ...recipe, evaluation } });
    const SFT_SUITES = ['perplexity of sft 3 v3', 'over-base of sft 3 v3 against base'];
    const JBOND_SUITES = ['perplexity of jbond 4 v7', 'over-base of jbond 4 v7 against base', lost];
    expect(calls).toEqual([
      ...[...BEGINNING, 'perplexity of base 0 v0, 1 examples', ...SFT, ...SFT_SUITES, ...JBOND, ...JBOND_SUITES],
      ...[
        'openSets jbond: result jbond v7, anchor a copy, reference sft',
        'evaluate jbond 4 v7',
        ...JBOND_SUITES,
        ...ENDING,
      ],
    ]);
    expect(state.suites?.map(({ stage, suite }) => `${suite} of ${stage}`)).toEqual([
      ...['perplexity of base', 'perplexity of sft', 'over-base of sft'],
      ...['perplexity of jbond', 'over-base of jbond', 'over-sft of jbond'],
    ]);
  });

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

  test('updates the anchor every so many steps, in J-BOND and in RLOO', async () => {
    const rloo = RlooStage.parse({ kind: 'rloo', steps: 4, maxTokens: 8, anchorRate: 1, anchorEvery: 2 });
    const { calls } = await run({}, { recipe: { ...recipe, stages: [recipe.stages[0]!, rloo] } });
    const step = (number: number, anchor: number) => [
      ...[`rollout ${number} v${number + 2} against v${anchor}`, `rlooBatch ${number}`],
      `trainStep rloo ${number}/4 v${number + 2}`,
      ...(number % 2 === 0 ? [`moveAnchor ${number} v${anchor} to v${number + 3}`] : []),
      `recordStep rloo ${number}`,
    ];
    const made = calls
      .slice(calls.indexOf('planJbond') + 1)
      .filter((call) => !/^(save|remove|evaluate|finish)/.test(call));
    expect(made).toEqual([...step(1, 3), ...step(2, 3), ...step(3, 4), ...step(4, 4)]);
  });

  test('WARP trains policies from one beginning, merges them, steps back, and draws the front', async () => {
    const member = { kind: 'rloo', steps: 4, maxTokens: 8 };
    const warp = WarpStage.parse({ kind: 'warp', iterations: 2, eta: 0.5, front: [0, 1], member });
    const stages = [recipe.stages[0]!, warp];
    for (const loseAt of [
      [],
      ['trainStep warp-1-2 2/4 v4', 'slerp warp-1-slerp: warp-1-1 warp-1-2 since sft, paper'],
    ]) {
      const suites = SuitesConfig.parse([{ kind: 'win-rate', against: 'sft' }]);
      const evaluation = { ...recipe.evaluation, suites };
      const { calls, state } = await run({ warp, loseAt }, { recipe: { ...recipe, stages, evaluation } });
      const merging = calls
        .slice(calls.indexOf('planWarp warp'))
        .filter((call) => /^(openSets|slerp|liti|evaluate warp\S* 0|win-rate)/.test(call));
      const lost = loseAt.length > 0;
      expect(merging).toEqual([
        'openSets warp-1-1: result sft v3, anchor a copy, reference sft',
        'openSets warp-1-2: result sft v3, anchor a copy, reference sft',
        ...(lost ? ['openSets warp-1-2: result sft v3, anchor a copy, reference sft'] : []),
        ...new Array<string>(lost ? 2 : 1).fill('slerp warp-1-slerp: warp-1-1 warp-1-2 since sft, paper'),
        'liti warp-1: 0.5 of warp-1-slerp, the rest sft',
        'openSets warp-2-1: result warp-1 v7, anchor a copy, reference sft',
        'openSets warp-2-2: result warp-1 v7, anchor a copy, reference sft',
        'slerp warp-2-slerp: warp-2-1 warp-2-2 since warp-1, paper',
        ...[0, 1].flatMap((eta) => [
          `liti warp-eta-${eta}: ${eta} of warp-2-slerp, the rest sft`,
          `openSets warp-eta-${eta}: result warp-eta-${eta} v11, anchor none, reference sft`,
          `evaluate warp-eta-${eta} 0 v11`,
        ]),
        'liti warp: 0.5 of warp-2-slerp, the rest sft',
        ...['openSets warp: result warp v11, anchor none, reference sft', 'evaluate warp 0 v11'],
        'win-rate of warp 0 v11 against sft',
      ]);
      expect(state.suites?.map(({ stage, suite }) => `${suite} of ${stage}`)).toEqual(['win-rate of warp']);
      expect(state.checkpoints.at(-1)).toMatchObject({ stage: 'warp', version: 11 });
      expect(state.weights.map(({ stage, by }) => `${stage} ${by}`)).toEqual([
        ...['sft sft', 'warp-1-1 rloo', 'warp-1-2 rloo', 'warp-1-slerp slerp', 'warp-1 liti'],
        ...['warp-2-1 rloo', 'warp-2-2 rloo', 'warp-2-slerp slerp', 'warp-eta-0 liti', 'warp-eta-1 liti', 'warp liti'],
      ]);
    }
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

describe.concurrent('control', { timeout: 120_000 }, () => {
  test('stops after the step in hand, and goes on from there when started again', async () => {
    const fake = fakeActivities({
      during: async (call) => {
        if (call === 'rollout 3 v5 against v5') await env.client.workflow.getHandle('stopped').executeUpdate('stop');
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
    const handle = env.client.workflow.getHandle('paused');
    const fake = fakeActivities({
      during: async (call) => {
        if (call === 'sftBatch 2 v1') await handle.executeUpdate('pause');
      },
    });
    const running = execute(fake.activities, { runId: 'paused', recipe, base: BASE });
    const child = env.client.workflow.getHandle('paused.sft');
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

/** Keeps the histories of a run and its stages for `replay.test.ts`. */
async function recordHistories(runId: string): Promise<void> {
  for (const [name, workflowId] of Object.entries({ align: runId, sft: `${runId}.sft`, jbond: `${runId}.jbond` })) {
    const history = await env.client.workflow.getHandle(workflowId).fetchHistory();
    const file = fileURLToPath(new URL(`../histories/${name}.json`, import.meta.url));
    await writeFile(file, `${JSON.stringify(history, null, 1)}\n`);
  }
}

let runs = 0;

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

/** Runs the workflow on a worker of its own. */
async function execute(activities: Activities, input: AlignInput, environment = env): Promise<AlignState> {
  const taskQueue = input.runId;
  const worker = await Worker.create({
    ...{ connection: environment.nativeConnection, taskQueue, workflowBundle, activities },
  });
  return worker.runUntil(
    environment.client.workflow.execute(align, { args: [input], taskQueue, workflowId: input.runId }),
  );
}

function startTemporal(...dynamicConfig: string[]): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalBinary()! },
      extraArgs: dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
    },
  });
}
