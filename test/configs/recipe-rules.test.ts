import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { GOOD, load, problemsOf, recipeFolder as folder } from '../support/recipe-text.ts';

describe('rules between fields', () => {
  const cases: readonly [name: string, from: string, to: string, problem: string][] = [
    [
      'two stages of one name',
      '{ kind: jbond, steps: 3',
      '{ kind: jbond, name: sft, steps: 3',
      'stages[1].name: got "sft" a second time',
    ],
    [
      'a stage from one that is not there yet',
      '{ kind: jbond, steps: 3',
      '{ kind: jbond, from: later, steps: 3',
      'stages[1].from: got "later", expected a policy that is there by then: base, sft',
    ],
    ['a stage called base', 'kind: sft', 'kind: sft\n    name: base', 'stages[0].name: got "base"'],
    ['SFT without completion', '  completion: " {answer}"\n', '', 'task.completion: got nothing, expected a template'],
    [
      'more examples than rows',
      'kind: sft',
      'kind: sft\n    examples: 11',
      'stages[0].examples: got 11, expected at most',
    ],
    [
      'an expression without equation',
      '{answer}',
      '{expression}',
      'task.completion: got {expression} without an equation',
    ],
    ['the solution in the prompt', '{question}', '{expression}', 'task.prompt: got {expression}, which gives'],
    ['a prompt without columns', '{question}', 'what?', 'task.prompt: got no {column}'],
    [
      'all weights 0',
      'use: exact-number',
      'use: exact-number\n    weight: 0',
      'rewards[0].weight: got 0 for every reward',
    ],
    ['a reward twice', '  - use: exact-number', '  - use: a\n  - use: a', 'rewards[1].use: got "a" a second time'],
    ['generator and file', 'data:', 'data:\n  train: x.jsonl', 'data.train: has no effect beside a generator'],
    ['no data', 'generator: {', 'where: { a: 1 } #', 'data.train: got neither a generator nor a file'],
    ['a bad regular expression', 'generator: {', 'train: x\n  where: { a: { matches: "(" } } #', 'data.where.a'],
    [
      'holdout beside an evaluation file',
      'generator: {',
      'train: x\n  evaluation: y\n  holdout: 3 #',
      'data.holdout: has no effect',
    ],
    [
      'pass rates the wrong way',
      'steps: 3',
      'steps: 3, promptFilter: { samples: 4, minPassRate: 0.9, maxPassRate: 0.1 }',
      'stages[1].promptFilter.minPassRate: got 0.9, expected at most maxPassRate (0.1)',
    ],
    [
      'J-BOND on one prompt',
      'steps: 3',
      'steps: 3, promptsPerStep: 1',
      'stages[1].promptsPerStep: got 1, expected at least 2',
    ],
    [
      'a k for which there are too few samples',
      'evaluation: {',
      'evaluation: { suites: [{ kind: pass-at-k, samples: 8, k: [1, 16] }],',
      'evaluation.suites[0].k[1]: got 16, expected at most samples (8)',
    ],
    [
      'two suites of one name',
      'evaluation: {',
      'evaluation: { suites: [{ kind: perplexity }, { kind: perplexity }],',
      'evaluation.suites[1].name: got "perplexity" a second time',
    ],
    [
      'a win rate against a stage that there is not',
      'evaluation: {',
      'evaluation: { suites: [{ kind: win-rate, against: dpo }],',
      'evaluation.suites[0].against: got "dpo", expected one of base, sft, jbond',
    ],
    [
      'two cadences of checkpoints',
      'evaluation: {',
      'checkpoints: { everySteps: 5, everyMinutes: 5 }\nevaluation: {',
      'checkpoints.everyMinutes: got a value beside everySteps, expected one of the two',
    ],
    ['few shots of nothing', '  completion: " {answer}"', '  fewShot: 2', 'task.fewShot: got 2 without a completion'],
  ];
  test.each(cases)('%s', async (_, from, to, problem) => {
    const text = GOOD.replace(from, to);
    expect(text).not.toBe(GOOD);
    expect((await problemsOf(text)).some((line) => line.includes(problem))).toBe(true);
  });
});

describe('a reward model is named by its stage, or by a path', () => {
  const judge = '{ kind: reward-model, name: judge, pairs: { train: pairs.jsonl } }';
  const text = GOOD.replace('- use: exact-number', '- { use: reward-model, params: { model: judge } }');
  const withJudge = (where: RegExp) => text.replace(where, `  - ${judge}\n$&`);
  beforeAll(() => writeFile(join(folder, 'pairs.jsonl'), '{}\n'));

  test('of the recipe', async () => {
    expect((await load(withJudge(/ {2}- \{ kind: jbond/))).stages.map(({ name }) => name)).toEqual([
      ...['sft', 'judge', 'jbond'],
    ]);
    expect((await load(text.replace('model: judge', 'model: models/judge'))).rewards).toHaveLength(1);
  });

  test('else what can be named is said', async () => {
    expect(await problemsOf(text)).toEqual([
      ':9:43: rewards[0].params.model: got "judge", expected a reward-model stage, of which there is none, or the path ' +
        'of a reward model, with a /',
    ]);
    const misspelt = withJudge(/ {2}- \{ kind: jbond/).replace('model: judge', 'model: jugde');
    expect(await problemsOf(misspelt)).toEqual([
      expect.stringContaining('got "jugde", expected a reward-model stage, one of judge, or the path'),
    ]);
    const suite = '{ kind: win-rate, against: sft, judge: { use: reward-model, params: { model: sft } } }';
    expect(await problemsOf(GOOD.replace('evaluation: {', `evaluation: { suites: [${suite}],`))).toEqual([
      expect.stringContaining('evaluation.suites[0].judge.params.model: got "sft", expected a reward-model stage'),
    ]);
  });

  test('and is made before a stage learns from it', async () => {
    expect(await problemsOf(withJudge(/evaluation: \{/))).toEqual([
      expect.stringContaining('got "judge", which has not been made when stage jbond learns from it; put it earlier'),
    ]);
    const measured = text.replace('- {', '- use: exact-number\n  - { weight: 0,');
    expect((await load(measured.replace(/evaluation: \{/, `  - ${judge}\n$&`))).stages).toHaveLength(3);
  });
});

test('perplexity needs a text: a file of its own, or completions of the task', async () => {
  const text = GOOD.replace('  completion: " {answer}"\n', '').replace('  - kind: sft\n', '');
  const suites = (suite: string) => text.replace('evaluation: {', `evaluation: { suites: [${suite}],`);
  expect(await problemsOf(suites('{ kind: perplexity }'))).toEqual([
    expect.stringContaining('evaluation.suites[0].data: got nothing, expected a file; or task.completion'),
  ]);
  await writeFile(join(folder, 'held-out.txt'), 'text');
  expect((await load(suites('{ kind: perplexity, data: held-out.txt }'))).evaluation.suites).toHaveLength(1);
});
