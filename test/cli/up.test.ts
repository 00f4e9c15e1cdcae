import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { expect, onTestFinished, test } from 'vitest';

import { readUpFile, type UpFile } from '../../cli/supervisor/up-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');

/** Starts `cabochon up` and waits for the line it says when everything answers, or when another one is at work. */
async function startUp(workspace: string) {
  const child = spawn(process.execPath, [MAIN, 'up', '--workspace', workspace, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  const ended = new Promise<number | string | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  );
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, ended, up: JSON.parse(line) as UpFile & { alreadyUp: boolean } };
  }
  throw new Error(`up ended with ${await ended}`);
}

function pidsOf({ temporal, model, worker }: UpFile): number[] {
  return [temporal.pid, model.pid, worker.pid].map((pid) => pid!);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const PATIENT = { timeout: 30_000, interval: 100 };

test('up keeps three processes running, outlives their deaths, and takes them along with its own', async () => {
  const workspace = temporaryFolder();
  const first = await startUp(workspace);
  expect(pidsOf(first.up).every(isRunning)).toBe(true);

  const second = await startUp(workspace);
  expect(second.up).toMatchObject({ alreadyUp: true, pid: first.child.pid, model: first.up.model });
  expect(await second.ended).toBe(0);

  // One dies: another takes its place, at the same address.
  process.kill(first.up.model.pid!, 'SIGKILL');
  const isReplaced = async () => {
    const up = await readUpFile(workspace);
    return up?.ready && up.model.pid !== first.up.model.pid && up.model.address;
  };
  await expect.poll(isReplaced, PATIENT).toBe(first.up.model.address);

  // `up` itself is killed: nothing it started stays.
  const left = pidsOf((await readUpFile(workspace))!);
  first.child.kill('SIGKILL');
  await expect.poll(() => left.filter(isRunning), PATIENT).toEqual([]);

  // A new one takes over the addresses, and ends in order.
  const third = await startUp(workspace);
  expect(third.up).toMatchObject({ alreadyUp: false, temporal: { address: first.up.temporal.address } });
  expect(third.up.model.address).toBe(first.up.model.address);
  third.child.kill('SIGTERM');
  expect(await third.ended).toBe(0);
  expect(pidsOf(third.up).filter(isRunning)).toEqual([]);
  expect(await readUpFile(workspace)).toMatchObject({ pid: null, ready: false });
}, 120_000);
