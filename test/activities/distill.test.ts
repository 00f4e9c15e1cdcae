import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Activities } from '../../activities/index.ts';
import { journalLines } from '../../activities/journal.ts';
import type { Checkpoint, Sets } from '../../activities/records.ts';
import { decodeTargets, encodeTargets } from '../../activities/target-files.ts';
import { DistillStage } from '../../configs/schema/distill.ts';
import { startTinyActivities } from '../support/tiny-activities.ts';

// Distillation on the real model core, with the tiny preset as student and as teacher.

const { workspace, store, model, recipe: tiny, nextRunId, perform, ...started } = await startTinyActivities();
const base: Checkpoint = { ...started.base, sha256: 'abc' };

let fence = 0;
const STAGE = {
  kind: 'distill',
  teacher: 'tiny',
  examples: 6,
  epochs: 2,
  batchSize: 3,
  learningRate: 1e-3,
  samples: 16,
};

async function start(options: object, teacher?: Checkpoint) {
  const stage = DistillStage.parse({ ...STAGE, ...options });
  const run = await perform('prepareRun', { runId: nextRunId(), recipe: { ...tiny, stages: [stage] }, base });
  fence++;
  const how = { reference: null, keepsAnchor: false, trainable: true, ...(teacher && { teacher }) };
  const { sets } = await perform('openSets', { run, stage: 'distill', fence, checkpoint: base, ...how });
  return { run, sets };
}
type Started = Awaited<ReturnType<typeof start>>;

async function makeStep(
  { run, sets }: Started,
  step: number,
  targets: Parameters<Activities['distillBatch']>[0]['targets'],
) {
  const at = { run, stage: 'distill', step };
  const { policy, teacher = null } = sets;
  const { batch, teaching, metrics } = await perform('distillBatch', { ...at, policy, teacher, targets });
  const request = { ...at, steps: 4, policy, fence, batch, temperature: 1, teaching };
  return { request, batch, metrics, trained: await perform('trainStep', request) };
}

const after = (sets: Sets, policy: Sets['policy']): Sets => ({ ...sets, policy });

describe('targets drawn beforehand', () => {
  test('are kept, used by every step, and drawn once for runs that ask for the same', async () => {
    const started = await start({});
    const plan = await perform('planDistill', {
      run: started.run,
      stage: 'distill',
      policy: started.sets.policy,
      teacher: base,
    });
    expect(plan.steps).toBe(4);
    expect((await model.info()).sets.map(({ name }) => name)).not.toContain(`${started.run.runId}/teacher`);

    const first = await makeStep(started, 1, plan.targets);
    const { policy, metrics } = first.trained;
    expect(policy.version).toBe(1);
    expect(metrics.teacherLoss).toBe(metrics.loss);
    // Asked again, as after a crash of the worker: the recorded answer, and no second step.
    expect((await perform('trainStep', first.request)).metrics).toEqual(metrics);
    expect((await makeStep(started, 1, plan.targets)).trained.metrics).toEqual(metrics);
    await makeStep({ ...started, sets: after(started.sets, policy) }, 2, plan.targets);

    const other = await start({});
    const again = await perform('planDistill', {
      run: other.run,
      stage: 'distill',
      policy: other.sets.policy,
      teacher: base,
    });
    expect(again.targets).toEqual(plan.targets);
    expect((await makeStep(other, 1, again.targets)).trained.metrics).toEqual(metrics);
    const changed = await start({ weighting: 'renorm' });
    const input = { run: changed.run, stage: 'distill', policy: changed.sets.policy, teacher: base };
    expect((await perform('planDistill', input)).targets).not.toEqual(plan.targets);
  });

  test('one changed by hand is an error that names the file', async () => {
    const started = await start({ samples: 4 });
    const input = { run: started.run, stage: 'distill', policy: started.sets.policy, teacher: base };
    const { targets } = await perform('planDistill', input);
    const folder = join(workspace, targets!.path, '..');
    const file = readdirSync(folder).find((name) => name.endsWith('.bin'))!;
    const bytes = readFileSync(join(folder, file));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(join(folder, file), bytes);
    await expect(makeStep(started, 1, targets)).rejects.toThrow(`${file}: sha256 is`);
  });
});

test('own completions are sampled, judged and learned from beside the divergence; the step comes out the same again', async () => {
  const options = {
    targets: 'full',
    divergence: 0.5,
    onPolicyShare: 0.5,
    rewardWeight: 0.5,
    maxTokens: 5,
    batchSize: 6,
  };
  const started = await start(options, base);
  expect(started.sets.teacher).toEqual({ name: `${started.run.runId}/teacher`, version: 0 });
  const { batch, metrics, trained } = await makeStep(started, 1, null);
  expect(metrics.onPolicy).toBeGreaterThan(0);
  expect(metrics.onPolicy).toBeLessThan(6);
  // Teacher and student are the same weights: no divergence before the first step.
  expect(trained.metrics.teacherLoss).toBeCloseTo(0, 5);
  const items = journalLines(await store.readExactly(batch)).map((line) => JSON.parse(line) as object);
  expect(items).toHaveLength(6);

  // A recovery: the sets are loaded anew, with a higher fence.
  fence++;
  const how = { reference: null, keepsAnchor: false, trainable: true, teacher: base };
  const { sets } = await perform('openSets', { run: started.run, stage: 'distill', fence, checkpoint: base, ...how });
  const again = await makeStep({ run: started.run, sets }, 1, null);
  expect(again.batch).toEqual(batch);
  expect(again.trained.metrics).toEqual(trained.metrics);
});

test('a stage without a teacher frees the one before it', async () => {
  const { run } = await start({ targets: 'full' }, base);
  const names = async () => (await model.info()).sets.map(({ name }) => name);
  expect(await names()).toContain(`${run.runId}/teacher`);
  fence++;
  const how = { reference: null, keepsAnchor: false, trainable: true };
  await perform('openSets', { run, stage: 'later', fence, checkpoint: base, ...how });
  expect(await names()).not.toContain(`${run.runId}/teacher`);
});

describe('files of targets', () => {
  const targets = [
    { counts: [1, 2], ids: [262_143, 7, 0], weights: [1, 0.25, 0.75] },
    { counts: [], ids: [], weights: [] },
    { counts: [3], ids: [1, 2, 3], weights: [0.5, 0.25, 0.25] },
  ];

  test('hold what was put in', () => {
    expect(decodeTargets(encodeTargets(targets), 'a.bin')).toEqual(targets);
  });

  test('cut off or foreign are refused by name', () => {
    expect(() => decodeTargets(encodeTargets(targets).slice(0, -1), 'a.bin')).toThrow(/^a.bin: ends at byte/);
    expect(() => decodeTargets(new Uint8Array(64), 'b.bin')).toThrow(/^b.bin: begins with 0, 0/);
  });
});
