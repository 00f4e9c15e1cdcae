import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { messageOf } from '../../cli/failure.ts';
import { RewardModelStage } from '../../configs/schema/reward-model.ts';
import { WinRateSuite } from '../../configs/schema/suites.ts';
import { jbondRuns } from '../support/jbond-runs.ts';
import { startTinyActivities } from '../support/tiny-activities.ts';

// How runs begin and end, and what they take over from each other, on the real model core with the tiny preset.

const tiny = await startTinyActivities();
const { workspace, store, model, recipe, base, perform } = tiny;
const { startJbond } = jbondRuns(tiny);

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

  test('is refused before anything is loaded when the judge of a suite cannot work', async () => {
    const refusal = (judge: object) => {
      const suites = [WinRateSuite.parse({ kind: 'win-rate', against: 'base', judge })];
      const evaluation = { ...recipe.evaluation, suites };
      return perform('prepareRun', { runId: 'refused', recipe: { ...recipe, evaluation }, base }).catch(messageOf);
    };
    expect(await refusal({ use: 'length', params: { max: 3, margn: 1 } })).toBe(
      'evaluation.suites[0].judge.params.margn: unknown key; did you mean margin?',
    );
    const needsInstructions = await refusal({ use: 'ifeval' });
    expect(needsInstructions).toMatch(/reward ifeval: column instruction_id_list: .* in \d+ of \d+ rows/);
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
});
