/** Makes files and folders of the cache complete before they appear, also when several clones set up at once. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `make` with a path beside `target` and renames that to `target` when `make` is done.
 * Does nothing when `target` exists, also when another process makes it while this one waits.
 *
 * @param {string} target
 * @param {(temporary: string) => Promise<void>} make
 * @returns {Promise<boolean>} Whether it was made here and now.
 */
export async function placeOnce(target, make) {
  if (existsSync(target)) return false;
  return withLock(`${target}.lock`, async () => {
    if (existsSync(target)) return false;
    const temporary = `${target}.making`;
    // What a killed set-up left behind; the lock says that nobody is at it.
    await rm(temporary, { recursive: true, force: true });
    try {
      await make(temporary);
      await rename(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return true;
  });
}

/**
 * Runs `work` while no other process of this machine runs something under the same lock.
 *
 * @template T
 * @param {string} path Of the lock file; its folder is made.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  await mkdir(dirname(path), { recursive: true });
  const release = await lock(path);
  try {
    return await work();
  } finally {
    await release();
  }
}

/**
 * Replaces a file in one step: readers see the old or the new content.
 *
 * @param {string} path
 * @param {string} content
 */
export async function replaceFile(path, content) {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** @param {string} path */
async function lock(path) {
  let said = false;
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner && !isAlive(owner)) {
      await rm(path, { force: true });
      continue;
    }
    if (!said) console.log(`  waits for another set-up (process ${owner}; lock ${path})`);
    said = true;
    await sleep(500);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
