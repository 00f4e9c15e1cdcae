import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

// Tells apart the folders that one process makes at the same time.
let counter = 0;

/**
 * Makes `folder` appear complete or not at all: `fill` writes into a folder beside it, whose files are then fsynced and
 * which is renamed. What an earlier process left half-made for the same folder is removed; a folder already there is
 * replaced, and there is a moment without either.
 *
 * @throws RangeError if `folder` holds anything but the files of a checkpoint: a wrong path must not cost what lies there.
 */
export async function replaceFolder<T>(folder: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  const target = resolve(folder);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await refuseForeign(target);
  await removeLeftovers(target);

  const unique = `${process.pid}-${counter++}`;
  const temporary = `${target}.partial-${unique}`;
  await mkdir(temporary);
  let result: T;
  try {
    result = await fill(temporary);
    for (const name of await readdir(temporary)) await sync(join(temporary, name));
    await sync(temporary);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  const replaced = `${target}.replaced-${unique}`;
  // Another process may be making the same folder: whoever comes last wins.
  while (!(await renamed(temporary, target, ['ENOTEMPTY', 'EEXIST']))) {
    await renamed(target, replaced, ['ENOENT']);
    await rm(replaced, { recursive: true, force: true });
  }
  await sync(parent);
  return result;
}

/** Files that checkpoints and pulled models are made of. */
const OURS = /^(NOTICE|.+\.(json|safetensors|gguf|jinja|txt|md))$/;

async function refuseForeign(target: string): Promise<void> {
  if (!existsSync(target)) return;
  const foreign = (await readdir(target, { withFileTypes: true })).find(
    (entry) => !entry.isFile() || !OURS.test(entry.name),
  );
  if (foreign) {
    throw new RangeError(
      `${target}: holds ${foreign.name}, which is no part of a checkpoint, so it is not replaced; name another folder`,
    );
  }
}

/** Renames a folder; false if that fails for one of the reasons in `unless`. */
async function renamed(from: string, to: string, unless: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (unless.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Removes the temporary folders of processes that are gone. */
async function removeLeftovers(target: string): Promise<void> {
  const pattern = /^\.(?:partial|replaced)-(\d+)-\d+$/;
  const name = basename(target);
  for (const sibling of await readdir(dirname(target))) {
    const pid = sibling.startsWith(name) && pattern.exec(sibling.slice(name.length))?.[1];
    if (!pid || isAlive(Number(pid))) continue;
    await rm(join(dirname(target), sibling), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
