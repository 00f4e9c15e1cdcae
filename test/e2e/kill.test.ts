import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { expect, onTestFinished, test } from 'vitest';

import { readUpFile } from '../../cli/supervisor/up-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RUN_ID = 'run';

type Victim = 'worker' | 'model' | 'temporal';

/** Who is killed when the run has recorded which step: each process once in each stage, in the middle of the next step. */
const KILLS: Readonly<Record<string, Victim>> = {
  'sft 1': 'worker',
  'sft 3': 'model',
  'sft 4': 'temporal',
  'jbond 1': 'model',
  'jbond 3': 'worker',
  'jbond 5': 'temporal',
};

test('a run whose processes are killed ends with the weights and metrics of one left in peace', async () => {
  const [peaceful, killed] = [temporaryFolder(), temporaryFolder()];
  const undisturbed = await align(peaceful, async () => {});

  const pids: Record<Victim, Set<number>> = { worker: new Set(), model: new Set(), temporal: new Set() };
  const disturbed = await align(killed, async (step) => {
    const victim = KILLS[step];
    if (!victim) return;
    const isUp = async () => {
      const pid = (await readUpFile(killed))?.[victim].pid ?? null;
      return pid !== null && !pids[victim].has(pid) && pid;
    };
    await expect.poll(isUp, { timeout: 30_000, message: `${victim} after ${step}` }).toBeTruthy();
    const pid = (await isUp()) as number;
    pids[victim].add(pid);
    process.kill(pid, 'SIGKILL');
  });

  // Another process each time: what was killed was started again in between.
  for (const victim of Object.values(KILLS)) expect(pids[victim].size, victim).toBe(2);
  expect(disturbed.evaluations).toEqual(undisturbed.evaluations);
  expect(Object.keys(disturbed.checkpoints)).toEqual(['sft', 'jbond']);
  const files = ['metrics.jsonl', 'evaluations.jsonl', 'samples', 'batches', 'checkpoints'];
  for (const file of files) {
    const digests = digestsUnder(join(killed, 'runs', RUN_ID, file));
    expect(digests.length, file).toBeGreaterThan(0);
    expect(digests, file).toEqual(digestsUnder(join(peaceful, 'runs', RUN_ID, file)));
  }
}, 600_000);

interface Result {
  readonly checkpoints: Readonly<Record<string, string>>;
  readonly evaluations: readonly object[];
}

/** Runs the tiny recipe by the command line, and says which steps it recorded as it goes. */
async function align(workspace: string, onStep: (step: string) => Promise<void>): Promise<Result> {
  const args = ['align', 'configs/tiny.yaml', '--workspace', workspace, '--run-id', RUN_ID, '--json'];
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
    if (event === 'step') await onStep(`${stage} ${step}`);
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
