import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { configText, runFiles } from '../../activities/run-files.ts';
import { followWarnings, readWarnings, warningLine } from '../../cli/runs/warnings.ts';
import { loadRecipe } from '../../configs/load.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');

/** What `cabochon reward ARGS` says, typed in a folder of a plugin's author. */
function reward(folder: string, ...args: string[]) {
  return new Promise<{ code: number | string | null; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN, 'reward', ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

const plugin = (score: string, rest = '') => `
  import { defineReward, z } from 'cabochon/sdk';
  let calls = 0;
  export default defineReward({
    name: 'own', version: 1, params: z.strictObject({ add: z.number().default(0) }),
    columns: z.strictObject({ n: z.number() }), range: [0, 10], timeoutMs: 2000,
    score: (samples, { add }) => samples.map(({ row, completion }, i) => ${score}), ${rest}
  });`;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const jsonl = (...lines: unknown[]) => lines.map((line) => JSON.stringify(line)).join('\n');
const parsed = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('reward run', () => {
  test('one line for each, in order; a line overrides the params of the command', async () => {
    const input = jsonl(
      { completion: 'a', n: 1 },
      { completion: 'b', n: 2, params: { add: 3 } },
      { completion: 'none', n: 3, more: 'ignored' },
      { completion: 'far', n: 99 },
    );
    const score = "completion === 'none' ? null : { score: row.n + add, reason: completion }";
    const folder = folderWith({ 'own.ts': plugin(score), 'in.jsonl': input });
    const { code, stdout } = await reward(
      folder,
      'run',
      'own.ts',
      '--input',
      'in.jsonl',
      '--params',
      '{"add":1}',
      '--json',
    );
    expect(code).toBe(0);
    expect(parsed(stdout)).toEqual([
      { outcome: 'scored', score: 2, reason: 'a' },
      { outcome: 'scored', score: 5, reason: 'b' },
      { outcome: 'abstained', score: null, reason: 'no score given' },
      { outcome: 'infra_error', score: null, reason: expect.stringContaining('got score 100') as string },
    ]);
  });

  test.each([
    [['{"completion":"a","n":1}', '{"completion":"a"'], /in\.jsonl:2: got no JSON/],
    [['{"n":1}'], /in\.jsonl:1: completion: got nothing, expected a text/],
    [
      ['{"completion":"a","n":1}', '', '{"completion":"a","n":"1"}'],
      /in\.jsonl:3: column n: got "1", expected a number/,
    ],
    [['{"completion":"a","n":1,"params":{"ad":1}}'], /in\.jsonl:1: params\.ad: unknown key; did you mean add\?/],
  ])('a line that does not fit is an error with its place: %j', async (lines, message) => {
    const folder = folderWith({ 'own.ts': plugin('row.n'), 'in.jsonl': lines.join('\n') });
    const { code, stdout, stderr } = await reward(folder, 'run', 'own.ts', '--input', 'in.jsonl', '--json');
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});

test('reward diff shows the lines where two rewards differ', async () => {
  const input = jsonl({ completion: 'a', n: 1 }, { completion: 'b', n: 2 });
  const folder = folderWith({ 'a.ts': plugin('row.n'), 'b.ts': plugin('row.n * row.n'), 'in.jsonl': input });
  const { stdout, stderr } = await reward(folder, 'diff', 'a.ts', 'b.ts', '--input', 'in.jsonl', '--json');
  expect(parsed(stdout)).toMatchObject([{ where: 'in.jsonl:2', completion: 'b', a: { score: 2 }, b: { score: 4 } }]);
  expect(stderr).toContain('1 of 2 lines differ');
});

describe('reward test', () => {
  const fixtures =
    "fixtures: [{ completion: 'a', row: { n: 1 }, expect: 1 }, { completion: 'b', row: { n: 2 }, expect: 2 }]";
  const failing = async (text: string) => {
    const { code, stdout } = await reward(folderWith({ 'own.ts': text }), 'test', 'own.ts', '--json');
    const failed = parsed(stdout).filter(({ ok }) => ok === false);
    expect(code).toBe(failed.length > 0 ? 1 : 0);
    return failed.map(({ check }) => check);
  };

  test.each<[string, string[], string]>([
    ['all is well', [], plugin('row.n', fixtures)],
    ['there are no fixtures', ['fixtures'], plugin('row.n')],
    ['a fixture expects something else', ['fixtures'], plugin('row.n', fixtures.replace('expect: 2', 'expect: 3'))],
    ['a score is out of range', ['fixtures', 'range', 'odd texts'], plugin('row.n + 10', fixtures)],
    ['the place in the batch decides', ['fixtures', 'purity'], plugin('i', fixtures)],
    ['each process decides for itself', ['fixtures', 'determinism'], plugin('(process.pid % 1000) / 100', fixtures)],
    ['columns are not strict', ['columns'], plugin('row.n', fixtures).replace('z.strictObject({ n', 'z.object({ n')],
    ['a fixture lacks a column', ['columns'], plugin('row.n', fixtures.replace('{ n: 2 }', '{}'))],
    ['an odd text is too much', ['odd texts'], plugin('/^(a+)+$/.test(completion + "!") ? 0 : row.n', fixtures)],
    [
      'it is slow',
      ['speed'],
      plugin('(() => { const end = Date.now() + 20; while (Date.now() < end); return row.n })()', fixtures),
    ],
  ])('when %s, what fails is %j', async (_, checks, text) => {
    expect(await failing(text)).toEqual(checks);
  });
});

describe('reward new', () => {
  test('writes what reward test accepts, and overwrites nothing', async () => {
    const folder = temporaryFolder();
    expect(await reward(folder, 'new', 'my-own')).toMatchObject({ code: 0 });
    const { code, stdout } = await reward(folder, 'test', 'my-own.ts');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/test file +7 tests pass/)]);
    expect(await reward(folder, 'new', 'my-own')).toMatchObject({ code: 2 });

    const file = join(folder, 'my-own.test.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('0.75', '0.76'));
    const changed = await reward(folder, 'test', 'my-own.ts');
    expect([changed.code, changed.stdout]).toEqual([1, expect.stringMatching(/FAIL +test file +1 tests fail/)]);
  });

  test('refuses what cannot be a name', async () => {
    expect(await reward(temporaryFolder(), 'new', '../evil')).toMatchObject({ code: 2 });
  });
});

/** A run's files, as far as its rewards go. */
async function recordedRun(workspace: string, use: string): Promise<ReturnType<typeof runFiles>> {
  const { recipe } = await loadRecipe(join(import.meta.dirname, '../../configs/tiny.yaml'));
  const files = runFiles('r');
  const write = (path: string, text: string) => {
    mkdirSync(join(workspace, path, '..'), { recursive: true });
    writeFileSync(join(workspace, path), text);
  };
  write(files.config, configText({ ...recipe, rewards: [{ use, weight: 1, control: false, params: {} }] }));
  write(files.train, jsonl({ id: 'row-1', n: 1 }, { id: 'row-2', n: 2 }));
  write(files.evaluation, jsonl({ id: 'e', n: 5 }));
  const line = (id: string, score: number) => {
    const parts = [{ outcome: 'scored', score, name: 'own' }];
    return {
      group: 0,
      id,
      by: 'policy',
      prompt: '',
      completion: 'x',
      finishReason: 'stop',
      reward: score,
      isCorrect: false,
      parts,
    };
  };
  write(files.samples('jbond', 1), jsonl(line('row-1/0', 1), line('row-2/0', 9)));
  write(files.samples('jbond', 2), jsonl(line('row-2/1', 3)));
  write(files.evaluationSamples('jbond', 2), jsonl(line('e', 5)));
  return files;
}

describe('reward replay', () => {
  test('judges recorded samples again and shows what changes', async () => {
    const workspace = folderWith({ 'own.ts': plugin('row.n') });
    await recordedRun(workspace, join(workspace, 'own.ts'));
    const { code, stdout } = await reward(workspace, 'replay', '--workspace', '.', '--run', 'r', '--json');
    expect(code).toBe(0);
    expect(parsed(stdout)).toMatchObject([
      { event: 'change', file: 'jbond-000001.jsonl', id: 'row-2/0', before: { score: 9 }, after: { score: 2 } },
      { event: 'change', file: 'jbond-000002.jsonl', id: 'row-2/1', before: { score: 3 }, after: { score: 2 } },
      { event: 'summary', reward: 'own', samples: 4, changed: 2, before: 4.5, after: 2.5 },
    ]);
    const one = await reward(workspace, 'replay', '--workspace', '.', '--run', 'r', '--step', '1', '--json');
    expect(parsed(one.stdout)).toMatchObject([{ id: 'row-2/0' }, { samples: 2 }]);
  });

  test('says that there is no such run or step', async () => {
    const workspace = folderWith({ 'own.ts': plugin('row.n') });
    await recordedRun(workspace, join(workspace, 'own.ts'));
    expect(await reward(workspace, 'replay', '--workspace', '.', '--run', 'q')).toMatchObject({ code: 2 });
    const { code, stderr } = await reward(workspace, 'replay', '--workspace', '.', '--run', 'r', '--step', '7');
    expect([code, stderr]).toEqual([2, expect.stringContaining('no samples of that stage and step')]);
  });
});

test('warnings: alarms where they begin, those of the last step, and each change of code', async () => {
  const workspace = temporaryFolder();
  const files = await recordedRun(workspace, 'math');
  const write = (path: string, ...lines: unknown[]) => writeFileSync(join(workspace, path), `${jsonl(...lines)}\n`);
  const alarm = (since: number) => ({ alarm: 'duplicates', value: 1, threshold: 0.5, message: 'all alike', since });
  const identity = (sha256: string) => ({ name: 'own', version: 1, sha256: sha256.repeat(8) });
  const follow = followWarnings(workspace, 'r');
  expect(await follow()).toEqual([]);
  write(files.metrics, { stage: 'jbond', step: 1 }, { stage: 'jbond', step: 2 });
  write(files.alarms, { stage: 'jbond', step: 1, alarms: [alarm(1)] }, { stage: 'jbond', step: 2, alarms: [alarm(1)] });
  write(
    files.rewards,
    { stage: 'jbond', step: 1, rewards: [identity('a')] },
    { stage: 'jbond', step: 2, rewards: [identity('b')] },
  );
  const expected = [
    'from jbond 2 on reward own is other code: version 1, aaaaaaaa → version 1, bbbbbbbb',
    'alarm since jbond 1: all alike',
  ];
  expect((await follow()).map(warningLine)).toEqual(expected);
  expect(await follow()).toEqual([]);
  expect((await readWarnings(workspace, 'r')).map(warningLine)).toEqual(expected);
  write(files.metrics, { stage: 'jbond', step: 1 }, { stage: 'jbond', step: 2 }, { stage: 'jbond', step: 3 });
  expect((await readWarnings(workspace, 'r')).map(warningLine)).toEqual(expected.slice(0, 1));
});
