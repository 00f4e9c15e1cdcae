import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from './command.ts';
import { isAlive } from './supervisor/process.ts';
import { supervise } from './supervisor/supervisor.ts';
import { readUpFile, type UpFile } from './supervisor/up-file.ts';
import { temporalAddressOf, temporalOptions, workspaceOf } from './workspace.ts';

export const run = command(
  {
    name: 'up',
    about: `
Starts what is missing of Temporal, the model server and a worker, and watches over them: what dies is started again.
Runs go on where they were. Ends them all on Ctrl-C.`,
    options: temporalOptions,
  },
  async ({ values, output }) => {
    const workspace = workspaceOf(values);
    const lock = await takeLock(workspace);
    if (lock === null) {
      const up = await readUpFile(workspace);
      output.say(`already up in ${workspace}`);
      if (up) for (const line of addressLines(up)) output.say(line);
      output.emit({ workspace, alreadyUp: true, ...up });
      return;
    }
    const asked = new Promise<string>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
    });
    try {
      output.note(`starting in ${workspace}`);
      const supervising = supervise({ workspace, temporalAddress: temporalAddressOf(values) });
      const early = await Promise.race([supervising.then(() => null), asked]);
      const supervisor = await supervising;
      if (early === null) {
        for (const line of addressLines(supervisor.up)) output.say(line);
        output.emit({ workspace, alreadyUp: false, ...supervisor.up });
        await asked;
      }
      output.note('stopping');
      await supervisor.stop();
    } finally {
      await lock.release();
    }
  },
);

function addressLines({ temporal, model }: UpFile): string[] {
  return [
    `Temporal      ${temporal.address}`,
    ...(temporal.ui === null ? [] : [`Temporal UI   ${temporal.ui}`]),
    `model server  ${model.address}`,
  ];
}

/** Makes sure that only one `up` works in a workspace. Null when another does. */
async function takeLock(workspace: string): Promise<{ release(): Promise<void> } | null> {
  await mkdir(workspace, { recursive: true });
  const location = join(workspace, 'up.lock');
  const own = `${location}.${process.pid}`;
  await writeFile(own, String(process.pid));
  try {
    // A link appears with its content or not at all, and only once.
    while (!(await isDone(link(own, location)))) {
      const holder = Number(await readFile(location, 'utf8').catch(() => ''));
      if (holder > 0 && (await isAlive(holder))) return null;
      await rm(location, { force: true }); // its `up` was killed
    }
    return { release: () => rm(location, { force: true }) };
  } finally {
    await rm(own);
  }
}

/** False when the file was there already. */
async function isDone(linking: Promise<void>): Promise<boolean> {
  try {
    await linking;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
