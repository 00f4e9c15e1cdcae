import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { localStore, type ArtifactRef } from '../../activities/artifacts.ts';
import { createActivities, type Activities } from '../../activities/index.ts';
import { journalLines } from '../../activities/journal.ts';
import type { Checkpoint, RunRef, Sets } from '../../activities/records.ts';
import type { SampleLine } from '../../activities/rollout.ts';
import type { Recipe } from '../../configs/load.ts';
import { LoraConfig } from '../../configs/schema/lora.ts';
import { RewardModelStage } from '../../configs/schema/reward-model.ts';
import { RlooStage } from '../../configs/schema/rloo.ts';
import { resolveModel } from '../../model/checkpoints/resolve-model.ts';
import { createModelClient, type ModelServerClient } from '../../server/grpc-client.ts';
import { startModelServer, type ModelServer } from '../../server/start.ts';
import { tinyRecipe } from '../support/tiny-recipe.ts';

// Activities on the real model core, with the tiny preset.

const logger = new DefaultLogger('ERROR', () => {}); // failures are what some tests are about
const workspace = mkdtempSync(join(tmpdir(), 'cabochon-test-'));
const store = localStore(workspace);
let server: ModelServer;
let model: ModelServerClient;
let activities: Activities;
let recipe: Recipe;
let base: Checkpoint;

beforeAll(async () => {
  server = await startModelServer({ listen: '127.0.0.1:0', onDeath: (error) => console.error(error) });
  model = createModelClient({ address: server.address });
  activities = createActivities({ model, store });
  recipe = await tinyRecipe();
  const folder = await resolveModel('tiny');
  base = { stage: 'base', version: 0, folder, sha256: '', bytes: 0, purpose: 'result', anchor: null };
});
afterAll(async () => {
  model.close();
  await server.stop();
  rmSync(workspace, { recursive: true });
});

/** Does an activity as a worker would. */
function perform<Name extends keyof Activities>(name: Name, input: Parameters<Activities[Name]>[0]) {
  type Activity = (input: unknown) => ReturnType<Activities[Name]>;
  return new MockActivityEnvironment({}, { logger }).run(activities[name] as Activity, input) as ReturnType<
    Activities[Name]
  >;
}

let runs = 0;
let fence = 0;

/** A new run with the sets of its J-BOND stage loaded: policy, anchor and reference all the base model. */
async function startJbond(
  of: Recipe = recipe,
): Promise<{ run: RunRef; sets: Sets & { anchor: NonNullable<Sets['anchor']> } }> {
  const run = await perform('prepareRun', { runId: `run-${runs++}`, recipe: of, base });
  const sets = await open(run, base);
  return { run, sets: { ...sets, anchor: sets.anchor! } };
}

async function open(run: RunRef, checkpoint: Checkpoint): Promise<Sets> {
  fence++;
  const how = { reference: base, keepsAnchor: true, trainable: true };
  return (await perform('openSets', { run, stage: 'jbond', fence, checkpoint, ...how })).sets;
}

/** One J-BOND step up to the trained policy. */
async function makeStep(run: RunRef, step: number, { policy, anchor }: Sets) {
  const at = { run, stage: 'jbond', step };
  const { samples } = await perform('rollout', { ...at, rows: null, policy, anchor: anchor! });
  const { batch, metrics } = await perform('jbondBatch', { ...at, samples, policy, anchor: anchor! });
  const train = { ...at, steps: 6, policy, fence, batch, temperature: 1 };
  return { samples, batch, metrics, train, trained: await perform('trainStep', train) };
}

/** sha256 of the policy's weights. */
async function digestOf(run: RunRef, sets: Sets): Promise<string> {
  return (await perform('saveCheckpoint', { run, stage: 'jbond', sets, purpose: 'result' })).checkpoint.sha256;
}

async function linesOf(ref: ArtifactRef): Promise<SampleLine[]> {
  return journalLines(await store.read(ref.path)).map((line) => JSON.parse(line) as SampleLine);
}

describe('a J-BOND step', () => {
  test('judges one completion of the policy and two of the anchor for each prompt', async () => {
    const { run, sets } = await startJbond();
    const { samples } = await makeStep(run, 1, sets);
    const lines = await linesOf(samples);
    expect(lines.map(({ group, by }) => `${group} ${by}`)).toEqual(
      [0, 1, 2, 3].flatMap((group) => [`${group} policy`, `${group} anchor`, `${group} anchor`]),
    );
    expect(new Set(lines.map(({ id }) => id)).size).toBe(4);
    for (const { tokenIds, logProbs, parts, reward } of lines) {
      expect(logProbs).toHaveLength(tokenIds.length);
      expect(reward).toBeTypeOf('number');
      expect(parts).toMatchObject([{ name: 'exact-number', outcome: expect.any(String) }]);
    }
    // Policy and anchor are the same weights, but draw from streams of their own.
    const texts = lines.filter(({ group }) => group === 0).map(({ tokenIds }) => tokenIds.join());
    expect(new Set(texts).size).toBe(3);
  });

  test('finds no distance between policy and anchor at first, and the sampler in agreement with the scorer', async () => {
    const { run, sets } = await startJbond();
    const { metrics } = await makeStep(run, 1, sets);
    expect(metrics).toMatchObject({ usedPrompts: 4, largestLogRatio: 0, klToAnchor: 0 });
    // Largest seen: 2e-6 nats, cached decoding against one pass over all.
    expect(metrics.samplerGap).toBeLessThan(5e-6);
  });

  test('of four anchor samples imitates all but the worst, and takes cut-off ones for failures', async () => {
    const stages = recipe.stages.map((stage) =>
      stage.kind === 'jbond' ? { ...stage, anchorSamples: 4, truncated: 'failure' as const, beta: 0 } : stage,
    );
    const { run, sets } = await startJbond({ ...recipe, stages });
    const at = { run, stage: 'jbond', step: 1, rows: null, policy: sets.policy, anchor: sets.anchor };
    const { samples } = await perform('rollout', at);
    const lines = await linesOf(samples);
    expect(lines.filter(({ by }) => by === 'anchor')).toHaveLength(16);
    // The rewards of one group, by hand: 3, 2, 1 and one that is best but cut off.
    const judged = lines.map((line, i) => {
      const reward = line.by === 'policy' ? 0 : [9, 3, 2, 1][(i % 5) - 1]!;
      return { ...line, reward, finishReason: reward === 9 ? ('length' as const) : ('stop' as const) };
    });
    const changed = await store.write('changed-four.jsonl', judged.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { batch } = await perform('jbondBatch', { ...at, samples: changed });
    const weights = journalLines(await store.read(batch.path)).map(
      (text) => (JSON.parse(text) as { weight: number }).weight,
    );
    // Best of 3, 2 and 1 of the 6 pairs, a quarter for each prompt; the cut-off one of none.
    const group = [3 / 24, 2 / 24, 1 / 24];
    expect(weights).toHaveLength(12);
    weights.forEach((weight, i) => expect(weight).toBeCloseTo(group[i % 3]!, 12));
  });

  test('done again gives the same files and does not step again', async () => {
    const { run, sets } = await startJbond();
    const first = await makeStep(run, 1, sets);
    expect(first.trained.policy.version).toBe(1);
    const again = await perform('trainStep', first.train);
    expect(again).toMatchObject({ policy: first.trained.policy, metrics: first.trained.metrics });

    const move = { run, stage: 'jbond', step: 1, anchor: sets.anchor, policy: first.trained.policy, rate: 0.1, fence };
    const moved = await perform('moveAnchor', move);
    expect(moved.anchor.version).toBe(1);
    expect((await perform('moveAnchor', move)).anchor).toEqual(moved.anchor);

    // After a loss, everything is made again, from the start of the stage.
    const redone = await makeStep(run, 1, await open(run, base));
    expect([redone.samples, redone.batch, redone.trained.metrics]).toEqual([
      ...[first.samples, first.batch, first.trained.metrics],
    ]);
  });

  test('refuses to go on when a step done again gives something else', async () => {
    const { run, sets } = await startJbond();
    const { samples } = await makeStep(run, 1, sets);
    await store.write(samples.path, (await store.read(samples.path)).replace('"by":"policy"', '"by":"Policy"'));
    const again = perform('rollout', { run, stage: 'jbond', step: 1, rows: null, ...(await open(run, base)) } as never);
    await expect(again).rejects.toMatchObject({ type: 'NotDeterministicError', nonRetryable: true });
  });

  test('leaves out a prompt of which one completion could not be judged', async () => {
    const { run, sets } = await startJbond();
    const { samples } = await makeStep(run, 1, sets);
    const lines = await linesOf(samples);
    lines[4] = { ...lines[4]!, reward: null }; // an anchor sample of the second prompt
    const path = `${samples.path}.changed`;
    const changed = await store.write(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const at = { run, stage: 'jbond', step: 2, policy: sets.policy, anchor: sets.anchor };
    await open(run, base);
    const { batch, metrics } = await perform('jbondBatch', { ...at, samples: changed });
    expect(metrics.usedPrompts).toBe(3);
    const ids = journalLines(await store.read(batch.path)).map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids.some((id) => id.startsWith(lines[4]!.id))).toBe(false);
    expect(ids.some((id) => id.startsWith(lines[0]!.id))).toBe(true);
  });

  test('learns nothing from completions of which none could be judged: an error, no step', async () => {
    const rloo = RlooStage.parse({ kind: 'rloo', steps: 2, maxTokens: 8, promptsPerStep: 3, numGenerations: 2 });
    const { run, sets } = await startJbond({ ...recipe, stages: [...recipe.stages, rloo] });
    for (const stage of ['jbond', 'rloo']) {
      const at = { run, stage, step: 1, policy: sets.policy, anchor: sets.anchor };
      const lines = await linesOf((await perform('rollout', { ...at, rows: null })).samples);
      const text = lines.map((line) => `${JSON.stringify({ ...line, reward: null })}\n`).join('');
      const samples = await store.write(`unjudged-${stage}.jsonl`, text);
      const batch = perform(stage === 'jbond' ? 'jbondBatch' : 'rlooBatch', { ...at, samples });
      await expect(batch).rejects.toThrow('no prompt has all its completions judged');
    }
  });

  test('says that the weights are lost when the server has others or none', async () => {
    const { run, sets } = await startJbond();
    const at = { run, stage: 'jbond', step: 1, rows: null, anchor: sets.anchor };
    const later = perform('rollout', { ...at, policy: { ...sets.policy, version: 5 } });
    await expect(later).rejects.toMatchObject({ type: 'VersionLost', nonRetryable: true });
    await model.drop(sets.policy.name);
    await expect(perform('rollout', { ...at, policy: sets.policy })).rejects.toThrow(ApplicationFailure);
  });
});

describe('a RLOO step', () => {
  test('draws several completions of the policy and weighs them by their advantage', async () => {
    const rloo = RlooStage.parse({
      ...{ kind: 'rloo', steps: 2, maxTokens: 8, promptsPerStep: 3, numGenerations: 2, missingEosPenalty: 4 },
    });
    const { run, sets } = await startJbond({ ...recipe, stages: [rloo] });
    const at = { run, stage: 'rloo', step: 1, policy: sets.policy, anchor: sets.anchor };
    const { samples } = await perform('rollout', { ...at, rows: null });
    const lines = await linesOf(samples);
    expect(lines.map(({ group, by }) => `${group} ${by}`)).toEqual(
      [0, 0, 1, 1, 2, 2].map((group) => `${group} policy`),
    );
    const judged = lines.map((line, i) => {
      const finishReason = i === 1 ? ('length' as const) : ('stop' as const);
      return { ...line, reward: i === 0 ? 1 : 0, finishReason };
    });
    const changed = await store.write('changed-rloo.jsonl', judged.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { batch, metrics } = await perform('rlooBatch', { ...at, samples: changed });
    const items = journalLines(await store.read(batch.path)).map((text) => JSON.parse(text) as { weight: number });
    expect(items.map(({ weight }) => weight)).toEqual([5 / 6, -5 / 6]); // 1 against 0 − 4; the others learn nothing
    expect(metrics).toMatchObject({ usedPrompts: 3, klToAnchor: 0, largestLogRatio: 0 });
    const train = { run, stage: 'rloo', step: 1, steps: 2, policy: sets.policy, fence, batch, temperature: 1 };
    expect((await perform('trainStep', train)).policy.version).toBe(1);
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
    const slerp = { ...common, fence: ++fence, stage: 'both', policies: [moved, moved], schedule: 'paper' as const };
    const merged = await perform('mergeBySlerp', slerp);
    expect(merged.checkpoint).toMatchObject({ stage: 'both', version: 1, sha256: moved.sha256 }); // of twice the same
    expect(await perform('mergeBySlerp', slerp)).toMatchObject({ checkpoint: merged.checkpoint }); // asked again
    for (const [rate, sha256] of [
      [0, start.sha256],
      [1, moved.sha256],
    ] as const) {
      // prettier-ignore
      const liti = { ...common, fence: ++fence, stage: `eta-${rate}`, other: merged.checkpoint, rate };
      const { checkpoint, record } = await perform('mergeByLiti', liti);
      expect(checkpoint.sha256).toBe(sha256);
      expect(record).toMatchObject({ by: 'liti', parents: [{ weight: 1 - rate }, { weight: rate }] });
    }
    const names = (await model.info()).sets.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith(`${run.runId}/`))).toEqual([]);
  });
});

describe('checkpoints', () => {
  test('a stage goes on from a recovery checkpoint as if nothing had happened', async () => {
    const { run, sets } = await startJbond();
    const { trained } = await makeStep(run, 1, sets);
    const move = { run, stage: 'jbond', step: 1, policy: trained.policy, rate: 0.1, fence };
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
    const { sets } = await perform('openSets', { run, stage: 'jbond', fence: ++fence, checkpoint, ...how });
    return { ...sets, anchor: sets.anchor! };
  };
  const start = async () => {
    const run = await perform('prepareRun', { runId: `run-${runs++}`, recipe, base });
    return { run, sets: await openOn(run, base) };
  };
  /** A step, and the anchor's after it. */
  const advance = async (run: RunRef, step: number, sets: Sets) => {
    const { trained, metrics } = await makeStep(run, step, sets);
    const move = { run, stage: 'jbond', step, anchor: sets.anchor!, policy: trained.policy, rate: 0.1, fence };
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
    const open = { run: straight.run, stage: 'jbond', fence: ++fence, checkpoint: end, ...how };
    const { sets } = await perform('openSets', open);
    expect(sets.base).toBeUndefined();
    const names = (await model.info()).sets.map(({ name }) => name);
    expect(names).not.toContain(`${straight.run.runId}/base`);
  });
});

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

describe('a run', () => {
  test('is refused before anything is loaded when a row lacks what a reward reads', async () => {
    const train = join(workspace, 'rows.jsonl');
    const rows = Array.from({ length: 10 }, (_, i) => ({ question: `${i} and 1?`, ...(i !== 3 && { answer: i + 1 }) }));
    writeFileSync(train, rows.map((row) => JSON.stringify(row)).join('\n'));
    const task = { prompt: '{question}', chat: false, fewShot: 0 };
    const input = { runId: 'refused', recipe: { ...recipe, task, data: { train } }, base };
    await expect(perform('prepareRun', input)).rejects.toMatchObject({
      ...{ type: 'DataError', nonRetryable: true },
      message: expect.stringMatching(/reward exact-number: column answer: .* in 1 of 10 rows/),
    });
  });

  test('leaves a lineage that goes back to the base, and no weights on the server', async () => {
    const { run, sets } = await startJbond();
    const { checkpoint } = await perform('saveCheckpoint', { run, stage: 'jbond', sets, purpose: 'result' });
    const nothing = { evaluations: [], suites: [], costs: [] };
    const parents = [{ stage: 'base', sha256: base.sha256 }];
    const weights = [{ ...checkpoint, by: 'jbond', parents }];
    const finish = { run, outcome: 'finished' as const, base, checkpoints: [checkpoint], weights, ...nothing };
    await perform('finishRun', finish);
    await perform('finishRun', finish); // as a second attempt would
    const read = async (name: string) => JSON.parse(await store.read(`runs/${run.runId}/${name}.json`)) as object;
    expect(await read('lineage')).toMatchObject({
      weights: [
        { stage: 'base', parents: [] },
        { stage: 'jbond', sha256: checkpoint.sha256, parents: [{ stage: 'base' }] },
      ],
    });
    expect(await read('result')).toMatchObject({ outcome: 'finished', checkpoints: { jbond: checkpoint.folder } });
    const names = (await model.info()).sets.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith(`${run.runId}/`))).toEqual([]);
  });

  test('finds a stage that was made from the same, under any run, and no other', async () => {
    const { run, sets } = await startJbond();
    const { checkpoint } = await perform('saveCheckpoint', { run, stage: 'jbond', sets, purpose: 'result' });
    const { evaluation } = await perform('evaluate', {
      ...{ run, stage: 'jbond', step: 0, policy: sets.policy, reference: null, isReference: true, fewShot: 0 },
    });
    const inputs = { stage: 'jbond', start: base, reference: null, others: [], fresh: false };
    const first = await perform('findStage', { run, ...inputs });
    expect(first.result).toBeNull();
    const suite = { stage: 'jbond', step: 0, suite: 'perplexity', kind: 'perplexity', values: {}, unjudged: 0 };
    const made = { makesPolicy: true, makesReference: false, suites: [suite], milliseconds: 1, tokens: 1, weights: [] };
    const result = { checkpoint, evaluations: [evaluation], ...made };
    await perform('keepStage', { run, key: first.key, result });
    expect((await perform('findStage', { run, ...inputs })).result).toEqual(result);

    const later = await startJbond();
    const found = await perform('findStage', { run: later.run, ...inputs });
    const reusedFrom = run.runId;
    expect(found.result).toEqual({ ...result, evaluations: [{ ...evaluation, reusedFrom }], reusedFrom });
    expect(JSON.parse(await store.read(`runs/${later.run.runId}/outputs/jbond.json`))).toEqual(checkpoint);
    expect(await store.read(`runs/${later.run.runId}/evaluations.jsonl`)).toContain(`"reusedFrom":"${reusedFrom}"`);
    expect(JSON.parse(await store.read(`runs/${later.run.runId}/suites.jsonl`))).toEqual(suite);

    const others = [
      { ...inputs, start: { ...base, sha256: 'other weights' } },
      { ...inputs, reference: base },
      { ...inputs, others: [{ ...base, stage: 'reward' }] },
      { ...inputs, fresh: true },
    ];
    for (const other of others) expect((await perform('findStage', { run: later.run, ...other })).result).toBeNull();
    const changed = await startJbond({ ...recipe, seed: recipe.seed + 1 });
    expect((await perform('findStage', { run: changed.run, ...inputs })).result).toBeNull();
    await store.remove(checkpoint.folder);
    expect((await perform('findStage', { run: later.run, ...inputs })).result).toBeNull();
  });

  test('makes reward models again when their pairs changed', async () => {
    const train = join(workspace, 'pairs.jsonl');
    const write = (...chosen: string[]) => {
      const rows = chosen.map((text, i) => ({ prompt: `${i}`, chosen: text, rejected: '-' }));
      writeFileSync(train, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    };
    write('a', 'b', 'c', 'd', 'e');
    const judge = RewardModelStage.parse({ kind: 'reward-model', name: 'judge', pairs: { train } });
    const { run } = await startJbond({ ...recipe, stages: [judge, ...recipe.stages] });
    const inputs = { stage: 'judge', start: base, reference: null, others: [], fresh: false };
    const { key } = await perform('findStage', { run, ...inputs });
    expect((await perform('findStage', { run, ...inputs })).key).toBe(key);
    write('a', 'b', 'c', 'd', 'E');
    expect((await perform('findStage', { run, ...inputs })).key).not.toBe(key);
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

  test('of completions that nothing could judge is an error with the reason, no accuracy of 0', async () => {
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
