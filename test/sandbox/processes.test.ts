import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';

import { openSandbox, type ProgramRequest } from '../../sandbox/index.ts';
import { launch } from '../../sandbox/launch.ts';
import { stillWorks } from './attack.ts';

const WORKER = 'sandbox/worker/main.ts';
const asks = (body: string, expected: unknown = 1): ProgramRequest => ({
  program: `function f() { ${body} }`,
  tests: { kind: 'calls', entryPoint: 'f', cases: [{ args: [], expected }] },
});

/** Workers whose parent is this process; of all processes when none is given. */
function workersOf(parent?: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const mine = parent === undefined || new RegExp(`^PPid:\\t${parent}$`, 'm').test(read(name, 'status'));
      return mine && read(name, 'cmdline').includes(WORKER) ? [Number(name)] : [];
    } catch {
      return []; // it is gone
    }
  });
}

const read = (pid: number | string, file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await setTimeout(50)) if (holds()) return true;
  return holds();
}

const linux = test.skipIf(process.platform !== 'linux');

linux('a worker has an empty world, and limits of the operating system', async () => {
  await using sandbox = openSandbox({ processes: 1 });
  await sandbox.run(asks('return 1'));
  const [pid] = workersOf(process.pid);
  const limits = read(pid!, 'limits');
  const dataBytes = sandbox.protections.dataMb * 2 ** 20;
  for (const [name, value] of [
    ['core file size', 0],
    ['file size', 0],
    ['open files', 64],
    ['data size', dataBytes],
  ] as const)
    expect(limits).toMatch(new RegExp(`^Max ${name}\\s+${value}\\s+${value}\\s`, 'm'));
  expect(
    read(pid!, 'environ')
      .split('\0')
      .map((each) => each.split('=')[0])
      .filter(Boolean)
      .sort(),
  ).toEqual(['LANG', 'PATH', 'TZ']);
  expect(read(pid!, 'cmdline')).toContain('--permission');
  if (sandbox.protections.network === 'none') {
    const interfaces = read(pid!, 'net/dev')
      .split('\n')
      .slice(2)
      .map((line) => line.split(':')[0]!.trim())
      .filter(Boolean);
    expect(interfaces).toEqual(['lo']); // and that is down
  }
});

test('a limit that cannot be set is no worker, and no worker is an infra error', async () => {
  const child = launch({ dataMb: Number.NaN, network: 'reachable' }, process.cwd());
  expect(await new Promise((done) => child.on('close', done))).toBe(97);
  await using sandbox = openSandbox({ processes: 1, limits: { memoryMb: 2 ** 70 } });
  const verdict = await sandbox.run(asks('return 1'));
  expect(verdict).toMatchObject({
    outcome: 'infra_error',
    reason: expect.stringMatching(/could not be set/),
  });
}, 60_000);

linux(
  'a worker that is killed from outside costs nobody a verdict',
  async () => {
    await using sandbox = openSandbox({ processes: 1 });
    await sandbox.run(asks('return 1'));
    const verdicts = Promise.all(
      Array.from({ length: 20 }, (_, i) => sandbox.run(asks('for (let n = 0; n < 1e7; n++); return 1', i % 2 ? 1 : 2))),
    );
    await setTimeout(20);
    workersOf(process.pid).forEach((pid) => process.kill(pid, 'SIGKILL'));
    (await verdicts).forEach((verdict, i) =>
      expect(verdict).toMatchObject({ outcome: 'judged', tests: [{ status: i % 2 ? 'passed' : 'failed' }] }),
    );
  },
  60_000,
);

linux(
  'workers that die again and again are an infra error, never a verdict',
  async () => {
    await using sandbox = openSandbox({ processes: 1 });
    const verdict = sandbox.run({ ...asks('for (;;);'), limits: { cpuMs: 20_000, wallMs: 20_000 } });
    const killer = setInterval(() => workersOf(process.pid).forEach((pid) => process.kill(pid, 'SIGKILL')), 700);
    expect(await verdict).toMatchObject({ outcome: 'infra_error' });
    clearInterval(killer);
  },
  60_000,
);

describe('workers end with their parent', () => {
  const parentOf = (body: string) => `
    import { openSandbox } from './sandbox/index.ts';
    const tests = { kind: 'calls', entryPoint: 'f', cases: [{ args: [], expected: 1 }] };
    const sandbox = openSandbox({ processes: 2, limits: { cpuMs: 60000, wallMs: 60000 } });
    await sandbox.run({ program: 'const f = () => 1', tests });
    ${body}`;
  const start = (body: string) =>
    spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', parentOf(body)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );

  linux.each([
    ['idle', ''],
    ['in a loop', "void sandbox.run({ program: 'function f() { for (;;); }', tests });"],
    [
      'in a function of V8 that nothing stops',
      "void sandbox.run({ program: 'function f() { new Array(4294967295).indexOf(5) }', tests });",
    ],
  ])(
    'that is killed, %s',
    async (_, body) => {
      const parent = start(`${body} console.log('ready'); setInterval(() => {}, 1000);`);
      await new Promise((heard) => parent.stdout.once('data', heard));
      await setTimeout(200);
      const workers = workersOf(parent.pid);
      expect(workers.length).toBeGreaterThan(0);
      parent.kill('SIGKILL');
      const gone = () => workers.every((pid) => !workersOf().includes(pid));
      expect(await until(gone, 5000)).toBe(true);
    },
    60_000,
  );

  test('idle ones keep no process running', async () => {
    const parent = start('');
    expect(await new Promise((done) => parent.on('close', done))).toBe(0);
  }, 60_000);
});

test('an aborted request rejects with the reason, and the others go on', async () => {
  await using sandbox = openSandbox({ processes: 1 });
  const controller = new AbortController();
  const aborted = sandbox.run(asks('for (;;);'), { signal: controller.signal });
  const other = sandbox.run(asks('return 1'));
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  expect(await other).toMatchObject({ tests: [{ status: 'passed' }] });
});

test('after its end a sandbox judges nothing', async () => {
  const sandbox = openSandbox({ processes: 1 });
  const running = sandbox.run(asks('for (;;);'));
  await setTimeout(300);
  await sandbox.close();
  expect(await running).toMatchObject({ outcome: 'infra_error' });
  expect(await stillWorks()).toBe(true); // another one is not touched
});

test.each([
  [{ cpuMs: 0 }, 'sandbox: cpuMs: got 0, expected more than 0'],
  [{ memoryMb: 4 }, 'sandbox: memoryMb: got 4, expected at least 8'],
  [{ memoryMb: 65 }, 'sandbox: memoryMb: got 65, expected at most 64, which the workers are held to'],
])('limits that make no sense are refused: %j', async (limits, message) => {
  await using sandbox = openSandbox({ processes: 1 });
  await expect(sandbox.run({ ...asks('return 1'), limits })).rejects.toThrow(message);
});
