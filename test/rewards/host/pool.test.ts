import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { POOL_DEFAULTS, RewardPool } from '../../../rewards/host/pool.ts';
import type { Outcome, Sample } from '../../../sdk/reward.ts';
import { rewardFolder } from '../../support/reward-files.ts';

const rewards = rewardFolder();
afterAll(() => rewards.remove());

/** Does to its process what the completion says; everything else is scored 1. */
const BAD = {
  ...{ name: 'bad', timeoutMs: 1500, range: [0, 1] as const },
  before: "import { spawn } from 'node:child_process'; const kept = [];",
  score: `
    for (const { completion } of samples) switch (completion) {
      case 'loop': while (true);
      case 'hang': await new Promise(() => {});
      case 'throw': throw new Error('no service');
      case 'exit': process.exit(0);
      case 'crash': setTimeout(() => { throw new Error('too late'); }); await new Promise(() => {});
      case 'heap': for (;;) kept.push(Array.from({ length: 1e4 }, () => ({})));
      case 'buffers': for (;;) { kept.push(Buffer.alloc(5e7, 1)); await new Promise((resolve) => setTimeout(resolve, 20)); }
      case 'orphan': console.log('child', spawn('sleep', ['600']).pid); process.exit(3);
      case 'print': for (let i = 0; i < 100; i++) console.log('line', i); console.error('oops'); break;
      case 'meddle': process.send?.({ kind: 'result', id: 1, result: 'mine' }); process.disconnect?.();
    }
    return samples.filter(({ completion }) => completion !== 'drop')
      .map(({ completion }) => ({ nan: NaN, high: 2, text: 'good' })[completion] ?? 1);`,
};

const printed: string[] = [];
let pool: RewardPool | undefined;
async function bad(): Promise<RewardPool> {
  const options = { ...POOL_DEFAULTS, processes: 2, memoryMb: 128, print: (line: string) => void printed.push(line) };
  return (pool ??= await RewardPool.open(rewards.write(BAD), options));
}
afterAll(() => pool?.close());

const sampleOf = (completion: string): Sample => ({ prompt: '', completion, finishReason: 'stop', row: {} });

async function judge(...completions: string[]): Promise<Outcome[]> {
  const units = completions.map((completion) => [sampleOf(completion)]);
  const judged = await (await bad()).judge(units, { params: {}, signal: new AbortController().signal });
  return judged.map(([sample]) => sample!.outcome);
}

const GOOD = { outcome: 'scored', score: 1 };

describe('a fault costs the sample at fault its verdict, and no other', () => {
  test.each([
    ['loop', 'timeout', /^no answer within 1500 ms$/],
    ['hang', 'timeout', /^no answer within 1500 ms$/],
    ['throw', 'infra_error', /^no service$/],
    ['exit', 'infra_error', /^it ended its process \(exit code 0\)$/],
    ['crash', 'infra_error', /crashed outside of its call: Error: too late/],
    ['drop', 'infra_error', /got 0 outcomes, expected 1/],
    ['nan', 'infra_error', /got score NaN, expected one from 0 to 1/],
    ['high', 'infra_error', /got score 2/],
    ['text', 'infra_error', /got good, expected a number/],
  ])('%s', async (completion, outcome, reason) => {
    const outcomes = await judge('a', completion, 'b', 'c');
    expect(outcomes).toEqual([GOOD, { outcome, reason: expect.stringMatching(reason) as string }, GOOD, GOOD]);
  });

  test.each([
    ['heap', /memory/],
    ['buffers', /it took \d+ MB of memory, the limit is 448 MB/],
  ])('%s', async (completion, reason) => {
    const options = { ...POOL_DEFAULTS, processes: 1, memoryMb: 128, print: () => {} };
    const patient = await RewardPool.open(rewards.write({ ...BAD, timeoutMs: 20_000 }), options);
    const units = ['a', completion].map((each) => [sampleOf(each)]);
    const judged = await patient.judge(units, { params: {}, signal: new AbortController().signal });
    patient.close();
    expect(judged.map(([sample]) => sample!.outcome)).toEqual([
      GOOD,
      { outcome: 'infra_error', reason: expect.stringMatching(reason) as string },
    ]);
  });

  test('meddling with the channel changes nothing', async () => {
    expect(await judge('meddle', 'a')).toEqual([GOOD, GOOD]);
  });

  test('when nothing works, not everything is tried', async () => {
    const outcomes = await judge(...Array.from({ length: 20 }, () => 'throw'));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(outcomes.map(() => 'infra_error'));
    expect(outcomes.at(-1)?.reason).toMatch(/no service \(as did \d+ others before it; not tried alone\)/);
  });
});

test('what a reward prints is passed on, up to a limit', async () => {
  expect(await judge('print')).toEqual([GOOD]);
  await expect.poll(() => printed.filter((line) => line.startsWith('line')).slice(0, 2)).toEqual(['line 0', 'line 1']);
  await judge('a', 'a');
  expect(printed.filter((line) => line.startsWith('line')).length).toBeLessThanOrEqual(50);
});

test('what a reward started ends with its host', async () => {
  await judge('orphan');
  const pid = Number(/child (\d+)/.exec(printed.join('\n'))?.[1]);
  await expect.poll(() => isRunning(pid)).toBe(false);
});

test('the same code has the same digest wherever it lies; what it imports is part of it', async () => {
  const open = async (file: string) => {
    const opened = await RewardPool.open(file, { ...POOL_DEFAULTS, print: () => {} });
    opened.close();
    return opened.sha256;
  };
  const helper = { name: 'helped', score: 'return samples.map(() => one)', before: "import { one } from './one.ts';" };
  const [here, there] = [rewardFolder(), rewardFolder()];
  const write = (folder: typeof here, one: string) => {
    execFileSync('sh', ['-c', `printf 'export const one: number = ${one};' > ${join(folder.folder, 'one.ts')}`]);
    return folder.write(helper, 'helped.ts');
  };
  const digest = await open(write(here, '1'));
  expect(await open(write(there, '1'))).toBe(digest);
  expect(await open(write(there, '2'))).not.toBe(digest);
  await here.remove();
  await there.remove();
});

test('all hosts of a pool run the code of the first, whatever the disk holds by then', async () => {
  const file = rewards.write({ score: 'return samples.map(() => 1)' }, 'changing.ts');
  const opened = await RewardPool.open(file, { ...POOL_DEFAULTS, processes: 2, print: () => {} });
  expect(opened.isCurrent()).toBe(true);
  rewards.write({ score: 'return samples.map(() => 2)' }, 'changing.ts');
  expect(opened.isCurrent()).toBe(false);
  const units = Array.from({ length: 32 }, (_, i) => [sampleOf(String(i))]);
  const judged = await opened.judge(units, { params: {}, signal: new AbortController().signal });
  expect(new Set(judged.map(([sample]) => (sample!.outcome as { score: number }).score))).toEqual(new Set([1]));
  opened.close();
});

test('kill -9 of the process that judges leaves no host, not even one that loops', async () => {
  const file = rewards.write(BAD);
  const script = `
    import { POOL_DEFAULTS, RewardPool } from ${JSON.stringify(import.meta.resolve('../../../rewards/host/pool.ts'))};
    const pool = await RewardPool.open(${JSON.stringify(file)}, { ...POOL_DEFAULTS, processes: 2, print: () => {} });
    const units = ['loop', 'a'].map((completion) => [{ prompt: '', completion, finishReason: 'stop', row: {} }]);
    setTimeout(() => console.log('looping'), 100);
    await pool.judge(units, { params: {}, signal: new AbortController().signal });`;
  const worker = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(worker.stdout, 'data');
  const hosts = readFileSync(`/proc/${worker.pid}/task/${worker.pid}/children`, 'utf8').trim().split(' ').map(Number);
  expect(hosts.length).toBeGreaterThan(0);
  expect(hosts.every(isRunning)).toBe(true);
  worker.kill('SIGKILL');
  await expect.poll(() => hosts.some(isRunning), { timeout: 5_000 }).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
