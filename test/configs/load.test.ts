import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ConfigError, loadRecipe, type RecipeOverrides } from '../../configs/load.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cabochon-recipe-'))));
afterAll(() => rm(folder, { recursive: true }));

const GOOD = `name: good
model: tiny
data:
  generator: { kind: one-operation, trainProblems: 10, evaluationProblems: 5 }
task:
  prompt: "{question}"
  completion: " {answer}"
rewards:
  - use: exact-number
stages:
  - kind: sft
  - { kind: jbond, steps: 3, maxTokens: 8 }
evaluation: { maxTokens: 8 }
`;

async function load(text: string, overrides?: RecipeOverrides) {
  const file = join(folder, 'recipe.yaml');
  await writeFile(file, text);
  return (await loadRecipe(file, overrides)).recipe;
}

/** Every problem of a text, without the file's name. */
async function problemsOf(text: string, overrides?: RecipeOverrides): Promise<string[]> {
  const error = await load(text, overrides).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message.replaceAll(`${join(folder, 'recipe.yaml')}`, '').split('\n');
}

test('fills in the defaults that the papers and libraries give', async () => {
  const [sft, jbond] = (await load(GOOD)).stages;
  // TRL's SFTConfig and transformers' TrainingArguments
  expect(sft).toMatchObject({
    name: 'sft',
    epochs: 3,
    batchSize: 8,
    learningRate: 2e-5,
    schedule: 'linear',
    beta2: 0.999,
  });
  // BOND section 6
  expect(jbond).toMatchObject({ name: 'jbond', promptsPerStep: 128, learningRate: 3e-6, warmupSteps: 100 });
  expect(jbond).toMatchObject({ beta: 0.5, gamma: 0, anchorRate: 0.02, anchorSamples: 2, temperature: 1, topP: 1 });
});

test('adapters take the defaults of TRL, and nothing that they do not have', async () => {
  const [sft, jbond] = (await load(GOOD.replace('kind: sft', 'kind: sft\n    lora: { rank: 4 }'))).stages;
  const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
  expect(sft).toMatchObject({ lora: { rank: 4, alpha: 32, dropout: 0, targets } });
  expect(jbond).not.toHaveProperty('lora');
  const problems = (lora: string) => problemsOf(GOOD.replace('kind: sft', `kind: sft\n    lora: { ${lora} }`));
  expect(await problems('r: 4')).toEqual([
    ':12:13: stages[0].lora.r: unknown key; there are: rank, alpha, dropout, targets',
  ]);
  expect(await problems('dropout: 0.1')).toEqual([
    ':12:22: stages[0].lora.dropout: got 0.1, expected 0: dropout in adapters is not supported',
  ]);
  expect(await problems('targets: [q_proj, lm_head]')).toEqual([
    `:12:31: stages[0].lora.targets[1]: got "lm_head", expected one of ${targets.join(', ')}`,
  ]);
  expect(await problems('targets: [q_proj, q_proj]')).toEqual([
    ':12:22: stages[0].lora.targets: got q_proj,q_proj, expected each matrix once',
  ]);
});

describe('says every problem at once, with its place', () => {
  test('wrong values, unknown keys, duplicate keys, missing fields', async () => {
    const text = `name: Good
model: tiny
modle: tiny
data:
  generator: { kind: one-operation, trainProblems: 0, evaluationProblems: 5 }
task:
  prompt: "{question}"
rewards: []
stages:
  - kind: sft
    learningRate: fast
    schedule: cosin
    epochs: 1
    epochs: 2
  - { kind: jbnd }
  - { kind: jbond, steps: 3, skipTies: yes }
precision: { rollouts: bf16 }
`;
    expect(await problemsOf(text)).toEqual([
      ':1:1: evaluation: got nothing, expected a mapping',
      ':1:7: name: got "Good", expected small letters, digits and dashes, 40 at most',
      ':3:1: modle: unknown key; did you mean model?',
      ':5:52: data.generator.trainProblems: got 0, expected more than 0',
      ':8:10: rewards: got a list of 0, expected at least 1 entry',
      ':11:19: stages[0].learningRate: got "fast", expected a number',
      ':12:15: stages[0].schedule: got "cosin", expected one of constant, linear, cosine; did you mean cosine?',
      ':14:5: got the same key twice, expected each once',
      ':15:13: stages[1].kind: got "jbnd", expected one of sft, jbond, rloo, warp, distill, reward-model; did you mean jbond?',
      ':16:5: stages[2].maxTokens: got nothing, expected a number',
      ':16:40: stages[2].skipTies: got "yes", expected true or false',
      ':17:24: precision.rollouts: got "bf16", expected one of auto, float32, bfloat16',
    ]);
  });

  test('broken YAML', async () => {
    const [first] = await problemsOf('name: good\nseed: [1, 2\nmodel: tiny\n');
    expect(first).toMatch(/^:3:1: YAML: /);
  });

  test('an empty file, a list, a file that is not there', async () => {
    expect(await problemsOf('')).toEqual([':1:1: got nothing, expected a mapping']);
    expect(await problemsOf('- a\n')).toEqual([':1:1: got a list of 1, expected a mapping']);
    await expect(loadRecipe(join(folder, 'absent.yaml'))).rejects.toThrow(/absent\.yaml:1:1: no such file/);
  });

  test('a mapping where a list is due, and a text where a stage is due', async () => {
    const text = GOOD.replace('- kind: sft', '- sft').replace('\n  - use: exact-number', ' { use: exact-number }');
    expect(await problemsOf(text)).toEqual([
      ':8:10: rewards: got a mapping, expected a list',
      ':10:5: stages[0]: got "sft", expected a mapping',
    ]);
  });
});

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

describe('paths and overrides', () => {
  test('files of suites are relative to the recipe, and must be there', async () => {
    await writeFile(join(folder, 'prompts.jsonl'), '{}\n');
    const judge = '{ kind: win-rate, against: base, judge: { use: ./judge.ts } }';
    const suites = (file: string) =>
      GOOD.replace('evaluation: {', `evaluation: { suites: [{ kind: ifeval, data: ${file} }, ${judge}],`);
    const { evaluation } = await load(suites('prompts.jsonl'));
    expect(evaluation.suites).toMatchObject([
      { data: join(folder, 'prompts.jsonl') },
      { judge: { use: join(folder, 'judge.ts'), params: {} } },
    ]);
    expect(await problemsOf(suites('nowhere.jsonl'))).toEqual([
      expect.stringContaining(`evaluation.suites[0].data: got ${join(folder, 'nowhere.jsonl')}, expected a file`),
    ]);
  });

  test('paths in a recipe are relative to it, names stay names', async () => {
    await writeFile(join(folder, 'rows.jsonl'), '{}\n');
    await writeFile(join(folder, 'weights.gguf'), '');
    const text = GOOD.replace(/generator: \{.*\}/, 'train: rows.jsonl')
      .replace('model: tiny', 'model: weights.gguf')
      .replace('- use: exact-number', '- use: exact-number\n  - use: ./mine.ts\n  - use: "@scope/reward"');
    const recipe = await load(text);
    expect(recipe.data.train).toBe(join(folder, 'rows.jsonl'));
    expect(recipe.model).toBe(join(folder, 'weights.gguf'));
    expect(recipe.rewards.map(({ use }) => use)).toEqual(['exact-number', join(folder, 'mine.ts'), '@scope/reward']);
  });

  test('a file that is missing is a problem of the line that names it', async () => {
    const text = GOOD.replace(/generator: \{.*\}/, 'train: nowhere.jsonl');
    expect(await problemsOf(text)).toEqual([
      `:4:10: data.train: got ${join(folder, 'nowhere.jsonl')}, expected a file or folder that exists; --data FILE.jsonl gives another`,
    ]);
  });

  test('--data replaces a generator; its paths are relative to the current folder', async () => {
    const recipe = await load(GOOD, {
      data: 'package.json',
      evaluationData: 'tsconfig.json',
      seed: 5,
      model: './test',
    });
    expect(recipe.data).toEqual({ train: resolve('package.json'), evaluation: resolve('tsconfig.json') });
    expect([recipe.seed, recipe.model]).toEqual([5, resolve('test')]);
  });

  test('--data keeps the row filters and drops the evaluation file of other data', async () => {
    const text = GOOD.replace(/generator: \{.*\}/, 'train: a\n  evaluation: b\n  where: { n_ops: 1 }');
    expect((await load(text, { data: 'package.json' })).data).toEqual({
      train: resolve('package.json'),
      where: { n_ops: 1 },
    });
  });

  test('--set replaces any part; entries of lists by name or number, files from the current folder', async () => {
    const suites = GOOD.replace('evaluation: {', 'evaluation: { suites: [{ kind: ifeval, data: nowhere.jsonl }],');
    const set = ['evaluation.suites.ifeval.data=package.json', 'stages[1].steps=5', 'stages.sft.learningRate=1e-4'];
    const recipe = await load(suites, { set: [...set, 'precision.training=bfloat16', 'evaluation.klSamples=null'] });
    expect(recipe.evaluation).toMatchObject({ suites: [{ data: resolve('package.json') }], klSamples: 256 });
    expect(recipe.stages).toMatchObject([{ learningRate: 1e-4 }, { steps: 5 }]);
    expect(recipe.precision).toEqual({ training: 'bfloat16', rollouts: 'auto' });
  });

  test.each([
    ['stages.sft', '--set stages.sft: got no value, expected KEY=VALUE'],
    ['stages.sfd.epochs=1', '--set stages.sfd.epochs: got sfd, expected one of sft, jbond; did you mean sft?'],
    ['model.name=x', '--set model.name: got tiny at model, expected a mapping or a list to go on in'],
    ['stages.sft=null', '--set stages.sft: got null, expected a value: lists keep their entries'],
    ['seed=[1', '--set seed: got [1, which cannot be read as YAML: '],
    ['stages.sft.epoch=1', 'stages[0].epoch: unknown key; did you mean epochs?'],
    ['stages.sft.epochs=few', 'stages[0].epochs: got "few", expected a number'],
    ['data.train=absent.jsonl', 'data.train: has no effect beside a generator'],
  ])('--set %s is refused', async (text, message) => {
    expect((await problemsOf(GOOD, { set: [text] }))[0]).toContain(message);
  });

  test('a problem of an override has no line', async () => {
    expect(await problemsOf(GOOD, { seed: -1 })).toEqual([' (command line): seed: got -1, expected at least 0']);
    expect(await problemsOf(GOOD, { data: 'nowhere' })).toEqual([
      ` (command line): data.train: got ${resolve('nowhere')}, expected a file or folder that exists; --data FILE.jsonl gives another`,
    ]);
  });
});

test('a loaded recipe places the problems that others find', async () => {
  const file = join(folder, 'recipe.yaml');
  await writeFile(
    file,
    GOOD.replace('- use: exact-number', '- { use: exact-number, params: { after: "=", atfer: 1 } }'),
  );
  const { source } = await loadRecipe(file);
  const path = ['rewards', 0, 'params', 'atfer'];
  expect(source.problem({ path, atKey: true, message: 'unknown key' }).position).toEqual({ line: 9, column: 48 });
  // a missing value: where its parent begins
  expect(source.problem({ path: ['rewards', 0, 'params', 'x'], atKey: false, message: '' }).position).toEqual({
    line: 9,
    column: 34,
  });
});
