import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** In the command line of every process of ours. */
const OURS = /cabochon|main\.ts|start-dev/;

/** Whether a process of ours runs under this id. Ids are used again: a number from a file proves nothing by itself. */
export async function isAlive(pid: number): Promise<boolean> {
  const commandLine = await readCommandLine(pid);
  return commandLine !== null && OURS.test(commandLine);
}

async function readCommandLine(pid: number): Promise<string | null> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim() || null;
  } catch {
    // no such process, or a system without /proc
  }
  try {
    return (await promisify(execFile)('ps', ['-p', String(pid), '-o', 'command='])).stdout.trim() || null;
  } catch {
    return null;
  }
}

/**
 * Ends a process that leads a group, and the group with it: asks first, then, after `graceMs`, does not ask any more.
 *
 * Resolves when it is gone; at once when it was not there.
 */
export async function endGroup(pid: number, graceMs: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return;
  for (const deadline = Date.now() + graceMs; Date.now() < deadline; await sleep(50)) {
    if (!signalGroup(pid, 0)) return;
  }
  signalGroup(pid, 'SIGKILL');
  while (signalGroup(pid, 0)) await sleep(50);
}

/** False when there is no such group. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** `preferred` when nobody listens there, else a free port of the system's choice. Loopback only. */
export async function freePort(preferred?: number): Promise<number> {
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
      });
    });
  return preferred === undefined ? listen(0) : listen(preferred).catch(() => listen(0));
}
