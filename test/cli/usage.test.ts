import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What `cabochon ARGS` says and ends with. */
function cabochon(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number | string | null; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, TEMPORAL_ADDRESS: undefined, ...env } };
    execFile(process.execPath, ['cli/main.ts', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

const suiteWith = (suite: string) => ['--set', `evaluation.suites=[${suite}]`];

const COMMANDS = [
  ...[
    'align',
    'status',
    'watch',
    'samples',
    'pause',
    'resume',
    'stop',
    'up',
    'serve',
    'worker',
    'generate',
    'score',
    'eval',
  ],
  ...['sft', 'distill', 'reward-model', 'jbond', 'rloo', 'warp', 'warm', 'merge', 'plan'],
  ...['model', 'doctor', 'model pull', 'model list', 'model inspect'],
  ...['reward new', 'reward test', 'reward run', 'reward replay', 'reward diff'],
];

describe('help', () => {
  test.each(COMMANDS)('%s --help says how it is used', async (name) => {
    const [command, ...rest] = name.split(' ');
    const { run } = (await import(`../../cli/${command}.ts`)) as { run(args: readonly string[]): Promise<void> };
    const said = vi.spyOn(console, 'log').mockImplementation(() => {});
    onTestFinished(() => said.mockRestore());
    await run([...rest, '--help']);
    expect(said.mock.calls).toEqual([[expect.stringMatching(new RegExp(`^cabochon ${name}`))]]);
    expect(process.exitCode).toBeUndefined();
  });

  // TensorFlow describes the machine on stderr as soon as it is loaded, and takes seconds: the model server loads it.
  test.each(['merge', 'warm', 'eval', 'generate', 'plan'])('%s does not load TensorFlow for it', async (name) => {
    expect(await cabochon([name, '--help'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('without a command lists them all', async () => {
    const { code, stdout } = await cabochon([]);
    expect(code).toBe(0);
    for (const name of COMMANDS.filter((each) => !each.includes(' '))) expect(stdout).toContain(`\n  ${name} `);
  });
});

describe('exit code 2, with what to do, for', () => {
  const broken = () => {
    const file = join(temporaryFolder(), 'broken.yaml');
    writeFileSync(file, 'name: broken\nsteps: 3\n');
    return file;
  };
  test.each<[string, () => string[], RegExp]>([
    ['an unknown command', () => ['aling'], /no command 'aling'; do you mean 'align'\?/],
    ['an unknown command of model', () => ['model', 'lst'], /no command 'lst'; do you mean 'list'\?/],
    [
      'an unknown option',
      () => ['align', 'x.yaml', '--workspaze', '/tmp'],
      /no option --workspaze; do you mean --workspace\?/,
    ],
    ['a missing value', () => ['status', '--workspace'], /--workspace/],
    ['a missing argument', () => ['align'], /got 0 arguments, expected 1: cabochon align RECIPE\.yaml/],
    ['an argument too many', () => ['status', 'now'], /got 1 argument \(now\), expected 0/],
    ['a recipe that is not there', () => ['align', 'nothing.yaml'], /nothing\.yaml:1:1: no such file/],
    ['a broken recipe', () => ['align', broken()], /broken\.yaml:2:1: steps: unknown key/],
    [
      'a run id that names no folder',
      () => ['align', 'configs/tiny.yaml', '--run-id', '../x'],
      /--run-id: got \.\.\/x/,
    ],
    [
      'a seed that is no number',
      () => ['align', 'configs/tiny.yaml', '--seed', 'x'],
      /--seed: got x, expected a whole/,
    ],
    [
      'a recipe without a stage of the kind',
      () => ['warp', 'configs/tiny.yaml'],
      /configs\/tiny\.yaml: got stages sft \(sft\), jbond \(jbond\); expected one of kind warp; add one/,
    ],
    [
      'a stage of another kind',
      () => ['sft', 'configs/tiny.yaml', '--stage', 'jbond'],
      /got --stage jbond and stages .*; expected --stage to name one of kind sft/,
    ],
    [
      'two beginnings',
      () => ['jbond', 'configs/tiny.yaml', '--from', 'tiny', '--model', 'tiny'],
      /got --from tiny and --model tiny, expected one of them/,
    ],
    [
      'a beginning that is not there',
      () => ['rloo', 'configs/tiny.yaml', '--from', './nowhere'],
      /model: got .*nowhere, expected a file or folder that exists/,
    ],
    [
      'a teacher for a stage that has none',
      () => ['sft', 'configs/tiny.yaml', '--teacher', 'tiny'],
      /no option --teacher/,
    ],
    ['a model nobody knows', () => ['generate', '--model', 'gemma', '--input', inputFile()], /model gemma: no such/],
    [
      'a precision nobody knows',
      () => ['generate', '--input', inputFile(), '--precision', 'fp8'],
      /--precision: got fp8, expected one of auto, float32, bfloat16/,
    ],
    [
      'a value that looks like an option',
      () => ['generate', '--temperature', '-1'],
      /'--temperature=-XYZ'; --help shows what there is/,
    ],
    ['a run that is not there', () => ['watch', 'nosuch', '--workspace', temporaryFolder()], /no run nosuch in \//],
    ['a run that has finished', () => ['pause', 'one', '--workspace', runs()], /run one has finished/],
    ['no input', () => ['generate', '--model', 'tiny'], /--input is missing/],
    [
      'an input line that does not fit',
      () => ['score', '--model', 'tiny', '--input', inputFile()],
      /:1: completion: got nothing/,
    ],
    [
      'a folder that is not there',
      () => ['warm', 'nowhere', 'else', '--out', 'out'],
      /got .*nowhere, expected folders/,
    ],
    ['a suite nobody knows', () => ['eval', '--suite', 'ifval'], /--suite: got ifval, .*do you mean ifeval\?/],
    ['a suite without its file', () => ['eval', '--suite', 'ifeval'], /--data: got nothing, expected a text/],
    ['a suite without its recipe', () => ['eval', '--suite', 'pass-at-k'], /--config is missing: pass-at-k needs/],
    [
      'an option that is of another suite',
      () => ['eval', '--suite', 'ifeval', '--data', inputFile(), '--samples', '4'],
      /--samples: unknown key/,
    ],
    [
      'a win rate against nobody',
      () => ['eval', '--suite', 'win-rate', '--config', 'configs/tiny.yaml'],
      /--against: got nothing, expected a text/,
    ],
    [
      'an option that its judge does not have',
      () => [
        ...['eval', '--suite', 'win-rate', '--config', 'configs/tiny.yaml', '--against', 'tiny'],
        ...['--judge', 'length', '--judge-params', '{"max":3,"margn":2}'],
      ],
      /--judge: params\.margn: unknown key; did you mean margin/,
    ],
    [
      'a judge of the recipe with an option that it does not have',
      () => ['align', 'configs/tiny.yaml', ...suiteWith('{kind: win-rate, against: base, judge: {use: lenght}}')],
      /evaluation\.suites\[0\]\.judge\.use: reward lenght: got no .*did you mean length/,
    ],
    [
      'more than was sampled',
      () => ['eval', '--suite', 'pass-at-k', '--config', 'configs/tiny.yaml', '--samples', '4', '--k', '8'],
      /--k: got 8, expected at most samples \(4\)/,
    ],
    [
      'a number out of bounds',
      () => ['generate', '--input', inputFile(), '--top-p', '2'],
      /--top-p: got 2, expected a number from/,
    ],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await cabochon(args());
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('exit code 3 when nobody answers:', () => {
  test('no workspace that is up', async () => {
    const { code, stderr } = await cabochon(['watch', 'two', '--workspace', runs()]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/nothing runs in .*; start it with cabochon up/)]);
  });

  test('a Temporal server that is not there', async () => {
    const { code, stderr } = await cabochon(['status', '--temporal-address', '127.0.0.1:1']);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/Temporal at 127\.0\.0\.1:1 cannot be reached/)]);
  });
});

test('with --json, stdout holds JSON lines and nothing else', async () => {
  const workspace = temporaryFolder();
  const { code, stdout } = await cabochon(['status', '--json', '--workspace', workspace]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ workspace, up: null, runs: [] });
});

/** A workspace where run `one` has finished and `two` has not. */
function runs(): string {
  const workspace = temporaryFolder();
  for (const run of ['one', 'two']) {
    mkdirSync(join(workspace, 'runs', run), { recursive: true });
    writeFileSync(join(workspace, 'runs', run, 'config.json'), '{}');
  }
  writeFileSync(join(workspace, 'runs', 'one', 'result.json'), '{"outcome":"finished"}');
  return workspace;
}

function inputFile(): string {
  const file = join(temporaryFolder(), 'input.jsonl');
  writeFileSync(file, '{"prompt":"2 + 2 ="}\n');
  return file;
}

test('model inspect describes a checkpoint in words', async () => {
  const { stdout } = await cabochon(['model', 'inspect', 'tiny']);
  expect(stdout).toMatch(/^parameters +77,260$/m);
  expect(stdout).toMatch(/^window +\d+ tokens in 6 of the layers$/m);
  expect(stdout).toMatch(/^optimizer +no moments$/m);
  expect(stdout).not.toMatch(/[{}]/);
});
