import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { cutText } from '../../activities/evaluation/perplexity.ts';
import { journalLines } from '../../activities/journal.ts';
import type { Checkpoint, RunRef, Sets, SuiteResult } from '../../activities/records.ts';
import { RewardModelStage } from '../../configs/schema/reward-model.ts';
import { SuitesConfig } from '../../configs/schema/suites.ts';
import { startTinyActivities } from '../support/tiny-activities.ts';

// Suites as activities on the real model core, with the tiny preset.

const { workspace, store, model, base, recipe, nextRunId, perform } = await startTinyActivities();

/** What the files of samples hold, of one suite or another. */
interface Line {
  readonly id: string;
  readonly bytes: number;
  readonly group: number;
  readonly by: string;
  readonly prompt: string;
  readonly completion: string;
  readonly reward: number;
  readonly parts: readonly { readonly name: string }[];
  readonly instructions: readonly string[];
  readonly strict: readonly boolean[];
}

/** A run with one suite, and the tiny model loaded as its policy. Characters that repeat little earn much. */
async function startRun(
  suite: object,
  stages = recipe.stages,
): Promise<{ run: RunRef; policy: Sets['policy']; name: string }> {
  const suites = SuitesConfig.parse([suite]);
  const rewards = [{ use: 'repetition', weight: 1, control: false, params: { n: 1, unit: 'characters' } }];
  const of = { ...recipe, rewards, stages, evaluation: { ...recipe.evaluation, suites } };
  const run = await perform('prepareRun', { runId: nextRunId(), recipe: of, base });
  const opening = { run, stage: 'base', fence: 1, checkpoint: base, reference: null };
  const { sets } = await perform('openSets', { ...opening, keepsAnchor: false, trainable: false });
  return { run, policy: sets.policy, name: suites[0]!.name };
}

async function measure(suite: object, { against = null as Checkpoint | null, fewShot = 0 } = {}) {
  const { run, policy, name } = await startRun(suite);
  const input = { run, stage: 'base', step: 0, suite: name, policy, against, fence: 1, fewShot };
  const { result } = await perform('evaluateSuite', input);
  const lines = journalLines(await store.read(`runs/${run.runId}/samples/suite-${name}-base-000000.jsonl`));
  return { run, input, result, lines: lines.map((line) => JSON.parse(line) as Line) };
}

const average = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

function file(name: string, content: string): string {
  const path = join(workspace, name);
  writeFileSync(path, content);
  return path;
}

/** What the model itself says of texts: nats and tokens. */
async function scoreDirectly(items: readonly { prompt: string; completion: string; endToken: boolean }[]) {
  const set = { name: 'direct', version: 0 };
  await model.load({ set, source: base.folder, trainable: false, fence: 0 });
  const sequences = await model.tokenize({ set: set.name, items, chat: false });
  const { logProbs } = await model.score({ set, sequences, temperature: 1, precision: 'float32' });
  await model.drop(set.name);
  const all = logProbs.flat();
  return { nats: -all.reduce((total, value) => total + value, 0), tokens: all.length };
}

describe('perplexity', () => {
  test('of texts: all their tokens after the start token, none of the end', async () => {
    const texts = ['A stitch in time', 'saves nine, says Anna. '];
    const rows = texts.map((text) => JSON.stringify({ text })).join('\n');
    const { result, lines } = await measure({ kind: 'perplexity', data: file('texts.jsonl', rows) });
    const { nats, tokens } = await scoreDirectly(
      texts.map((completion) => ({ prompt: '', completion, endToken: false })),
    );
    const { perplexity, natsPerToken, bitsPerByte } = result.values;
    expect(natsPerToken).toMatchObject({ value: expect.closeTo(nats / tokens, 9) as number, n: 2 });
    expect(perplexity!.value).toBeCloseTo(Math.exp(nats / tokens), 6);
    expect(bitsPerByte!.value).toBeCloseTo(nats / Math.LN2 / texts.join('').length, 9);
    expect(perplexity!.interval[0]).toBeLessThan(perplexity!.value);
    expect(lines.map(({ bytes }) => bytes)).toEqual(texts.map((text) => text.length));
  });

  test("of the recipe's rows: the completions with their ends, after the prompts", async () => {
    const { run, result } = await measure({ kind: 'perplexity', texts: 3 });
    const rows = journalLines(await store.read(run.evaluation.path)).map(
      (line) => JSON.parse(line) as Record<string, string>,
    );
    const items = rows.slice(0, 3).map(({ question, expression, answer }) => {
      return { prompt: `Question: ${question}\nAnswer:`, completion: ` ${expression} = ${answer}`, endToken: true };
    });
    const { nats, tokens } = await scoreDirectly(items);
    expect(result.values.natsPerToken!.value).toBeCloseTo(nats / tokens, 9);
  });

  test('a file that is no JSONL is one text, read in pieces that end at lines', async () => {
    const text = 'one line\nanother line\n'.repeat(20);
    const { lines } = await measure({ kind: 'perplexity', data: file('book.txt', text), windowCharacters: 100 });
    // 22 characters a pair of lines: 4 pairs and a short line, then a long line, 3 pairs and a short line.
    expect(lines.slice(0, 2).map(({ id, bytes }) => [id, bytes])).toEqual([
      ['text/1', 97],
      ['text/2', 88],
    ]);
    expect(lines.reduce((total, { bytes }) => total + bytes, 0)).toBe(text.length);
  });

  test.each([
    ['ab\ncd\nef', 6, ['ab\ncd\n', 'ef']],
    ['ab\ncd\nef', 5, ['ab\n', 'cd\nef']],
    ['abcdef', 4, ['abcd', 'ef']],
    ['abc👍def', 4, ['abc👍', 'def']], // not through the middle of a character
    ['\n\n  \n', 2, []],
  ])('%j in pieces of %d', (text, characters, pieces) => {
    expect(cutText(text, characters)).toEqual(pieces);
  });

  test('rows that have neither text nor completion are refused by name', async () => {
    const rows = [{ text: 'a' }, { question: 'b' }].map((row) => JSON.stringify(row)).join('\n');
    await expect(measure({ kind: 'perplexity', data: file('mixed.jsonl', rows) })).rejects.toThrow(
      /row 2: expected a text/,
    );
  });
});

describe('ifeval', () => {
  const row = (key: number, ...ids: string[]) => ({
    ...{ key, prompt: `Say ${key}.`, instruction_id_list: ids, kwargs: ids.map(() => ({})) },
  });

  test('counts prompts and instructions, strictly and loosely', async () => {
    const rows = [
      row(1, 'punctuation:no_comma', 'startend:quotation'),
      row(2, 'startend:quotation'),
      row(3, 'punctuation:no_comma'),
    ];
    const data = file('ifeval.jsonl', rows.map((each) => JSON.stringify(each)).join('\n'));
    const { result, lines } = await measure({ kind: 'ifeval', data, maxTokens: 8 });
    const strict = lines.map((line) => line.strict);
    // Checked again by hand, from the texts.
    expect(strict).toEqual(
      lines.map(({ completion, instructions }) =>
        instructions.map((id) =>
          id === 'punctuation:no_comma' ? !completion.includes(',') : /^\s*".+"\s*$/s.test(completion),
        ),
      ),
    );
    expect(strict.flat()).toContain(true);
    expect(result.values['prompt/strict']).toMatchObject({
      n: 3,
      value: average(strict.map((each) => Number(each.every(Boolean)))),
    });
    expect(result.values['instruction/strict']!.value).toBeCloseTo(average(strict.flat().map(Number)), 12);
    expect(Object.keys(result.values)).toEqual([
      'prompt/strict',
      'instruction/strict',
      'prompt/loose',
      'instruction/loose',
    ]);
  });

  test('a file that cannot be checked is refused before anything is loaded', async () => {
    const data = file('bad.jsonl', JSON.stringify(row(1, 'punctuation:no_coma')));
    await expect(startRun({ kind: 'ifeval', data })).rejects.toMatchObject({
      ...{
        type: 'DataError',
        message: expect.stringMatching(/bad\.jsonl: row 1: .*did you mean punctuation:no_comma/),
      },
    });
  });
});

describe('pass-at-k', () => {
  test('the best of k, from the rewards of all samples of each row', async () => {
    const { result, lines } = await measure({ kind: 'pass-at-k', problems: 3, samples: 4, k: [1, 4], maxTokens: 6 });
    const groups = [0, 1, 2].map((group) => lines.filter((line) => line.group === group).map(({ reward }) => reward));
    expect(groups.map(({ length }) => length)).toEqual([4, 4, 4]);
    expect(new Set(groups.flat()).size).toBeGreaterThan(1); // samples differ
    expect(result.values['best@1']).toMatchObject({ n: 3, value: expect.closeTo(average(groups.flat()), 9) as number });
    expect(result.values['best@4']!.value).toBeCloseTo(average(groups.map((group) => Math.max(...group))), 9);
    expect(result.values['pass@4']!.value).toBe(average(groups.map((group) => (group.includes(1) ? 1 : 0))));
  });

  test('shows the untrained model its examples', async () => {
    const { lines } = await measure(
      { kind: 'pass-at-k', problems: 1, samples: 2, k: [1], maxTokens: 2 },
      { fewShot: 1 },
    );
    expect(lines[0]!.prompt).toMatch(/^Question: .*\nAnswer: .* = .*\n\nQuestion: .*\nAnswer:$/s);
  });
});

describe('win-rate', () => {
  test('greedily against itself everything is a tie', async () => {
    const suite = { kind: 'win-rate', against: 'base', problems: 3, temperature: 0, maxTokens: 6 };
    const { result, input } = await measure(suite, { against: base });
    expect(result.values.winRate).toMatchObject({ value: 0.5, n: 3 });
    expect(result.values.ties!.value).toBe(1);
    const names = (await model.info()).sets.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith(input.run.runId))).toEqual([input.policy.name]); // the opponent is gone
  });

  test('by a judge of its own, wins count one and ties a half', async () => {
    const judge = { use: 'repetition', params: { n: 2, unit: 'characters' } };
    const { result, lines } = await measure(
      { kind: 'win-rate', against: 'base', judge, problems: 6, maxTokens: 8 },
      { against: base },
    );
    const outcomes = [0, 1, 2, 3, 4, 5].map((i) => {
      const [mine, theirs] = ['policy', 'opponent'].map((by) =>
        lines.find((line) => line.group === i && line.by === by)!,
      );
      expect(mine!.completion).not.toBe(theirs!.completion); // streams of their own
      return mine!.reward > theirs!.reward ? 1 : mine!.reward === theirs!.reward ? 0.5 : 0;
    });
    expect(result.values.winRate).toMatchObject({ value: expect.closeTo(average(outcomes), 12) as number, n: 6 });
    expect(lines[0]!.parts.map(({ name }) => name)).toEqual(['repetition']);
  });

  test('by a reward model that a stage of the recipe made', async () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((prompt) => JSON.stringify({ prompt, chosen: 'x', rejected: 'y' }));
    const pairs = { train: file('pairs.jsonl', rows.join('\n')) };
    const referee = RewardModelStage.parse({ kind: 'reward-model', name: 'referee', pairs });
    const judge = { use: 'reward-model', params: { model: 'referee' } };
    const suite = { kind: 'win-rate', against: 'base', judge, problems: 4, maxTokens: 8 };
    const { run, policy, name } = await startRun(suite, [referee, ...recipe.stages]);
    const checkpoint = { ...base, stage: 'referee', folder: await makeRewardModel() };
    const result = { checkpoint, evaluations: [], makesPolicy: false, makesReference: false, suites: [], weights: [] };
    await perform('keepStage', { run, key: 'referee', result: { ...result, milliseconds: 0, tokens: 0 } });

    const input = { run, stage: 'base', step: 0, suite: name, policy, against: base, fence: 1, fewShot: 0 };
    const { values } = (await perform('evaluateSuite', input)).result;
    const text = await store.read(`runs/${run.runId}/samples/suite-${name}-base-000000.jsonl`);
    const lines = journalLines(text).map((line) => JSON.parse(line) as Line);
    const rewards = await rewardDirectly(checkpoint.folder, lines);
    lines.forEach(({ reward }, i) => expect(reward).toBeCloseTo(rewards[i]!, 5));
    const wins = [0, 1, 2, 3].map((i) => (rewards[2 * i]! > rewards[2 * i + 1]! ? 1 : 0));
    expect(values.winRate).toMatchObject({ value: average(wins), n: 4 });
  });

  /** The tiny model with a head that a step on one pair made. */
  async function makeRewardModel(): Promise<string> {
    const set = { name: 'made', version: 0 };
    const [folder, info] = [join(workspace, 'referee'), { baseSha256: '0'.repeat(64), headSha256: '0'.repeat(64) }];
    await model.load({ set, source: base.folder, trainable: true, fence: 0, scoreHead: {} });
    const pair = { promptIds: [2, 7], chosenIds: [8, 9], rejectedIds: [10, 11] };
    await model.rewardStep({
      ...{ set, fence: 0, batchDigest: 'one pair', pairs: [pair], centerCoefficient: 0, part: 'head' },
      ...{ dropout: { rate: 0, seed: 0 }, precision: 'float32' },
      optimizer: { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
    });
    const rewardModel = { ...info, calibration: { mean: 0, std: 1 } };
    await model.save({ set: { ...set, version: 1 }, folder, withOptimizer: false, rewardModel });
    await model.drop(set.name);
    return folder;
  }

  async function rewardDirectly(source: string, items: readonly { prompt: string; completion: string }[]) {
    const set = { name: 'made', version: 0 };
    await model.load({ set, source, trainable: false, fence: 0 });
    const sequences = await model.tokenize({ set: set.name, items, chat: false });
    return (await model.reward({ set, sequences, calibrated: true, precision: 'float32' })).rewards;
  }
});

test('measured once: asked again the record answers, also without weights', async () => {
  const { input, result } = await measure({ kind: 'perplexity', texts: 2 });
  await model.drop(input.policy.name);
  expect((await perform('evaluateSuite', input)).result).toEqual(result);
  const journal = journalLines(await store.read(`runs/${input.run.runId}/suites.jsonl`));
  expect(journal.map((line) => JSON.parse(line) as SuiteResult)).toEqual([result]);
});

test('what nothing could judge is an error, no value of 0', async () => {
  const judge = { use: 'language', params: { language: 'en', minLetters: 1000 } };
  const suite = { kind: 'win-rate', against: 'base', judge, problems: 2, maxTokens: 4 };
  await expect(measure(suite, { against: base })).rejects.toThrow(/nothing could be judged.*is not clear/s);
});
