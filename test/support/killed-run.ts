import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { expect, onTestFinished } from 'vitest';

import { readUpFile } from '../../cli/supervisor/up-file.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RUN_ID = 'run';

export type Victim = 'worker' | 'model' | 'temporal';

interface KilledRun {
  /** Of `cabochon align`: the recipe, and what it is to be otherwise. */
  readonly args: readonly string[];
  /** Who is killed when the run has recorded what, as `step sft 1`: in the middle of what comes next. */
  readonly kills: Readonly<Record<string, Victim>>;
  /** What must be equal: files and folders of the run. */
  readonly files: readonly string[];
}

interface Result {
  readonly checkpoints: Readonly<Record<string, string>>;
  readonly evaluations: readonly object[];
}

/**
 * Makes a run twice, once in peace and once with its processes killed by -9, and compares what both leave, to the bit.
 *
 * @returns What both ended with, and the folder of the disturbed one.
 */
export async function expectSameBits({ args, kills, files }: KilledRun): Promise<Result & { folder: string }> {
  const [peaceful, killed] = [temporaryFolder(), temporaryFolder()];
  const undisturbed = await align(args, peaceful, async () => {});

  const pids: Record<Victim, Set<number>> = { worker: new Set(), model: new Set(), temporal: new Set() };
  const disturbed = await align(args, killed, async (recorded) => {
    const victim = kills[recorded];
    if (!victim) return;
    const isUp = async () => {
      const pid = (await readUpFile(killed))?.[victim].pid ?? null;
      return pid !== null && !pids[victim].has(pid) && pid;
    };
    await expect.poll(isUp, { timeout: 30_000, message: `${victim} after ${recorded}` }).toBeTruthy();
    const pid = (await isUp()) as number;
    pids[victim].add(pid);
    process.kill(pid, 'SIGKILL');
  });

  // Another process each time: what was killed was started again in between.
  for (const [victim, killedPids] of Object.entries(pids)) {
    const times = Object.values(kills).filter((each) => each === victim).length;
    expect(killedPids.size, victim).toBe(times);
  }
  expect(disturbed.evaluations).toEqual(undisturbed.evaluations);
  for (const file of files) {
    const digests = digestsUnder(join(killed, 'runs', RUN_ID, file));
    expect(digests.length, file).toBeGreaterThan(0);
    expect(digests, file).toEqual(digestsUnder(join(peaceful, 'runs', RUN_ID, file)));
  }
  return { ...disturbed, folder: join(killed, 'runs', RUN_ID) };
}

/** Runs a recipe by the command line, and says what it recorded as it goes. */
async function align(
  recipe: readonly string[],
  workspace: string,
  onRecorded: (recorded: string) => Promise<void>,
): Promise<Result> {
  const args = ['align', ...recipe, '--workspace', workspace, '--run-id', RUN_ID, '--json'];
  const child = spawn(process.execPath, ['cli/main.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    const up = await readUpFile(workspace);
    if (up?.pid) process.kill(up.pid, 'SIGTERM');
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let last: unknown;
  for await (const line of createInterface({ input: child.stdout })) {
    last = JSON.parse(line);
    const { event, stage, step } = last as { event: string; stage: string; step: number };
    await onRecorded(`${event} ${stage} ${step}`);
  }
  expect(await ended, said).toBe(0);
  return last as Result;
}

/** `path sha256` of each file, sorted. */
function digestsUnder(path: string): string[] {
  const paths = readdirSync(join(path, '..'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file === path || file.startsWith(`${path}/`))
    .sort();
  return paths.map((file) => {
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    return `${file.slice(path.length)} ${digest}`;
  });
}
