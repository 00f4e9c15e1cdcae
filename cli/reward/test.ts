import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { QUIET_NODE } from '../../rewards/host/process.ts';
import { loadReward } from '../../rewards/load.ts';
import { command } from '../command.ts';
import { checkReward, type Check } from './checks.ts';
import { INPUT_HELP, parseParams, readInput } from './input.ts';

const REGISTER = import.meta.resolve('../../rewards/host/register.ts');

export const test = command(
  {
    name: 'reward test',
    arguments: 'NAME|FILE',
    about: `
Tries a reward on its fixtures, without a model: the verdicts they expect, the same verdict alone, in a batch, in another
order and in another process, scores in range, strict params and columns, odd completions, speed. A test file beside it
(FILE.test.ts) is run as well. Exit code 1 when anything fails.`,
    options: {
      input: { type: 'string', value: 'FILE.jsonl', help: `more samples: ${INPUT_HELP}` },
      params: { type: 'string', value: 'JSON', help: "the reward's options, for samples that bring none" },
    },
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const params = parseParams(values.params);
    const more = values.input === undefined ? [] : await readInput(values.input);
    const use = positionals[0]!;
    const { reward, identity, pool } = await loadReward(use, process.cwd(), { processes: 1 });
    output.say(`${reward.name}, version ${reward.version}, ${identity.sha256.slice(0, 8)}`);
    let failed = 0;
    const show = (check: Check) => {
      if (!check.ok) failed++;
      output.emit(check);
      const [first = '', ...rest] = check.detail.split('\n');
      output.say(`${check.ok ? 'ok  ' : 'FAIL'}  ${check.check.padEnd(12)}  ${first}`);
      for (const line of rest) output.say(`      ${line}`);
    };
    for await (const check of checkReward({ reward, identity, pool }, more, params)) show(check);
    const testFile = resolve(use.replace(/\.(m?[jt]s)$/, '.test.$1'));
    if (/\.m?[jt]s$/.test(use) && existsSync(testFile)) show(await runTestFile(testFile));
    if (failed > 0) process.exitCode = 1;
  },
);

/** Runs a test file of node:test, with `cabochon/sdk` there whether it is installed or not. */
async function runTestFile(file: string): Promise<Check> {
  const args = [...QUIET_NODE, '--import', REGISTER, '--test', '--test-reporter=tap', file];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // under another test runner, node --test would report to that
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise((done) => child.once('close', done));
  const count = (what: string) => new RegExp(`^# ${what} (\\d+)$`, 'm').exec(said)?.[1] ?? '0';
  if (code === 0) return { check: 'test file', ok: true, detail: `${count('pass')} tests pass` };
  return { check: 'test file', ok: false, detail: `${count('fail')} tests fail\n${said.trim()}` };
}
