import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { loadRecipe } from '../../configs/load.ts';
import { GOOD, load, problemsOf, recipeFolder as folder } from '../support/recipe-text.ts';

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
