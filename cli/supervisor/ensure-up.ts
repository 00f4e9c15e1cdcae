import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Output } from '../output.ts';
import { runningUp, type UpFile } from './up-file.ts';

/** What runs in a workspace, and who started it. */
export interface RunningUp {
  readonly up: UpFile & { readonly pid: number };
  /** True when it was started here: then it is for us to end it. */
  readonly isOurs: boolean;
}

interface EnsureUpOptions {
  readonly workspace: string;
  readonly temporalAddress: string | null;
  readonly output: Output;
}

const POLL_MS = 100;

/**
 * What runs in the workspace; `cabochon up` is started in the background when nothing does.
 *
 * @throws Error with the end of its log when it does not come up.
 */
export async function ensureUp({ workspace, temporalAddress, output }: EnsureUpOptions): Promise<RunningUp> {
  const already = await runningUp(workspace);
  if (!already) output.note(`starting Temporal, the model server and a worker (logs: ${join(workspace, 'logs')})`);
  const starting = already ? null : startUp(workspace, temporalAddress);
  for (;;) {
    const up = await runningUp(workspace);
    if (up?.ready) return { up, isOurs: up.pid === starting?.pid };
    if (starting?.exitCode() != null) throw new Error(`cabochon up did not come up:\n${starting.logged()}`);
    if (!starting && !up) return ensureUp({ workspace, temporalAddress, output }); // it ended while we waited
    await sleep(POLL_MS);
  }
}

/** In a session of its own, so that neither Ctrl-C nor a closed terminal reaches it. */
function startUp(workspace: string, temporalAddress: string | null) {
  mkdirSync(join(workspace, 'logs'), { recursive: true });
  const location = join(workspace, 'logs', 'up.log');
  const log = openSync(location, 'w');
  const address = temporalAddress === null ? [] : ['--temporal-address', temporalAddress];
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', 'main.ts'), 'up', '--workspace', workspace, ...address],
    { detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  child.unref();
  return {
    pid: child.pid,
    exitCode: () => child.exitCode ?? child.signalCode,
    logged: () => readFileSync(location, 'utf8').trimEnd(),
  };
}

/** Asks an `up` to end what it runs and waits until it did. */
export async function endUp(workspace: string, pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    return; // gone already
  }
  while ((await runningUp(workspace))?.pid === pid) await sleep(POLL_MS);
}
