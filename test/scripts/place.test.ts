import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { placeOnce } from '../../scripts/setup/place.mjs';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'place-'))));
afterEach(() => rm(folder, { recursive: true }));

/** No process has it: beyond the largest process id that Linux gives. */
const DEAD = 2 ** 22 + 1;

test('is made once, also when two ask at a time', async () => {
  const target = join(folder, 'deep', 'thing');
  let made = 0;
  const make = async (temporary: string) => {
    await mkdir(temporary);
    await sleep(50);
    expect(existsSync(target)).toBe(false);
    await writeFile(join(temporary, 'file'), String(++made));
  };
  const asked = await Promise.all([placeOnce(target, make), placeOnce(target, make)]);
  expect(asked.toSorted()).toEqual([false, true]); // whichever came first
  expect(await readFile(join(target, 'file'), 'utf8')).toBe('1');
  expect(await readdir(join(folder, 'deep'))).toEqual(['thing']);
});

test('a failure leaves nothing behind, and the next try starts clean', async () => {
  const target = join(folder, 'thing');
  const fail = async (temporary: string) => {
    await mkdir(temporary);
    throw new Error('no');
  };
  await expect(placeOnce(target, fail)).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual([]);
  expect(await placeOnce(target, async (temporary) => void (await mkdir(temporary)))).toBe(true);
});

test('takes over from a process that died in the middle', async () => {
  const target = join(folder, 'thing');
  await writeFile(`${target}.lock`, String(DEAD));
  await mkdir(`${target}.making`);
  expect(await placeOnce(target, async (temporary) => void (await mkdir(temporary)))).toBe(true);
  expect(await readdir(folder)).toEqual(['thing']);
});
