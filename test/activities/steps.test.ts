import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';

import { journalLines } from '../../activities/journal.ts';
import { RlooStage } from '../../configs/schema/rloo.ts';
import { jbondRuns } from '../support/jbond-runs.ts';
import { startTinyActivities } from '../support/tiny-activities.ts';

// The steps of training on the real model core, with the tiny preset.

const tiny = await startTinyActivities();
const { store, model, recipe, base, perform } = tiny;
const { fence, open, startJbond, makeStep, linesOf } = jbondRuns(tiny);

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

    const move = {
      run,
      stage: 'jbond',
      step: 1,
      anchor: sets.anchor,
      policy: first.trained.policy,
      rate: 0.1,
      fence: fence(),
    };
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
    const train = { run, stage: 'rloo', step: 1, steps: 2, policy: sets.policy, fence: fence(), batch, temperature: 1 };
    expect((await perform('trainStep', train)).policy.version).toBe(1);
  });
});
