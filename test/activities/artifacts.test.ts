import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { localStore } from '../../activities/artifacts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('localStore', () => {
  test('writes a file whole, names its content, and leaves nothing else behind', async () => {
    const folder = temporaryFolder();
    const store = localStore(folder);
    const text = 'π = 3\n';
    const ref = await store.write('runs/a/note.txt', text);
    expect(ref).toEqual({
      path: 'runs/a/note.txt',
      sha256: createHash('sha256').update(Buffer.from(text)).digest('hex'),
      bytes: 7, // π takes two
    });
    expect(await store.readExactly(ref)).toBe(text);
    expect(readdirSync(join(folder, 'runs/a'))).toEqual(['note.txt']);
  });

  test('removes what a killed process left half-written beside the file, and nothing of a living one', async () => {
    const folder = temporaryFolder();
    const dead = spawnSync('true').pid;
    for (const name of [`note.txt.${dead}-3.tmp`, `note.txt.${process.pid}-3.tmp`, `other.txt.${dead}-3.tmp`]) {
      writeFileSync(join(folder, name), 'half');
    }
    await localStore(folder).write('note.txt', 'whole');
    const left = ['note.txt', `note.txt.${process.pid}-3.tmp`, `other.txt.${dead}-3.tmp`];
    expect(readdirSync(folder).sort()).toEqual(left.sort());
  });

  test('does not read a file that was changed since it was named', async () => {
    const folder = temporaryFolder();
    const store = localStore(folder);
    const ref = await store.write('note.txt', 'one');
    writeFileSync(join(folder, 'note.txt'), 'two');
    await expect(store.readExactly(ref)).rejects.toThrow(/note\.txt: sha256 is .*, expected .*changed by hand/);
  });

  test('makes changes of one file one after the other, also those of other workers', async () => {
    const workspace = temporaryFolder();
    const workers = Array.from({ length: 4 }, () => localStore(workspace));
    const add = (worker: number) => workers[worker]!.update('list', (content) => `${content ?? ''}${worker}`);
    await Promise.all(Array.from({ length: 40 }, (_, i) => add(i % workers.length)));
    expect([...(await workers[0]!.read('list'))].sort().join('')).toBe(
      workers.map((_, i) => `${i}`.repeat(10)).join(''),
    );
    expect(readdirSync(workspace)).toEqual(['list']);
  });

  test('makes changes of one file in the order in which they are asked for', async () => {
    const store = localStore(temporaryFolder());
    const add = (word: string) => store.update('list', (content) => `${content ?? ''}${word} `);
    await Promise.all(['a', 'b', 'c', 'd'].map(add));
    expect(await store.read('list')).toBe('a b c d ');
  });

  test('goes on with a file after a change of it failed', async () => {
    const store = localStore(temporaryFolder());
    const failing = store.update('list', () => {
      throw new Error('no');
    });
    const following = store.update('list', () => 'yes');
    await expect(failing).rejects.toThrow('no');
    await following;
    expect(await store.read('list')).toBe('yes');
  });

  test('locates paths in the workspace, leaves absolute ones, and names them back', () => {
    const store = localStore('/my/space');
    expect(store.locate('runs/a')).toBe('/my/space/runs/a');
    expect(store.locate('/models/tiny')).toBe('/models/tiny');
    expect(store.name('/my/space/runs/a')).toBe('runs/a');
    expect(store.name('/my/spaceship')).toBe('/my/spaceship');
  });

  test('says null for what is not there', async () => {
    expect(await localStore(temporaryFolder()).readIfThere('nothing')).toBeNull();
  });
});
