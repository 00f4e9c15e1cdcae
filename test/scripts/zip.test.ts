import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { unzip } from '../../scripts/setup/zip.mjs';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'zip-'))));
afterEach(() => rm(folder, { recursive: true }));

/** Little-endian numbers of 2 (`s`) and 4 (`l`) bytes. */
function record(layout: string, ...values: number[]): Buffer {
  const parts = [...layout].map((kind, i) => {
    const part = Buffer.alloc(kind === 's' ? 2 : 4);
    if (kind === 's') part.writeUInt16LE(values[i]!);
    else part.writeUInt32LE(values[i]!);
    return part;
  });
  return Buffer.concat(parts);
}

/** A zip archive after PKWARE's APPNOTE 4.3, with extra fields that differ between the two headers, and a comment. */
function archiveOf(files: Record<string, { text: string; method: number }>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  for (const [name, { text, method }] of Object.entries(files)) {
    const data = method === 8 ? deflateRawSync(text) : Buffer.from(text);
    const offset = bodies.reduce((sum, body) => sum + body.length, 0);
    const common = [0, method, 0, 0, crc32(text), data.length, text.length, name.length];
    const localExtra = Buffer.from([1, 0, 3, 0, 9, 9, 9]);
    bodies.push(record('lssssslllss', 0x04034b50, 20, ...common, localExtra.length));
    bodies.push(Buffer.from(name), localExtra, data);
    directory.push(
      record('lsssssslllsssssll', 0x02014b50, 20, 20, ...common, 0, 0, 0, 0, 0, offset),
      Buffer.from(name),
    );
  }
  const body = Buffer.concat(bodies);
  const central = Buffer.concat(directory);
  const count = Object.keys(files).length;
  const comment = Buffer.from('a comment');
  const end = record('lsssslls', 0x06054b50, 0, 0, count, count, central.length, body.length, comment.length);
  return Buffer.concat([body, central, end, comment]);
}

test('unpacks what is wanted, stored or deflated, empty or not', async () => {
  const archive = join(folder, 'archive.zip');
  const long = 'word '.repeat(1000);
  await writeFile(
    archive,
    archiveOf({
      'a/stored.txt': { text: 'as it is', method: 0 },
      'a/deflated.txt': { text: long, method: 8 },
      'a/empty.txt': { text: '', method: 0 },
      'b/unwanted.txt': { text: 'no', method: 8 },
    }),
  );
  const out = join(folder, 'out');
  expect(await unzip(archive, (name) => (name.startsWith('a/') ? join(out, name.slice(2)) : null))).toBe(3);
  expect((await readdir(out)).sort()).toEqual(['deflated.txt', 'empty.txt', 'stored.txt']);
  expect(await readFile(join(out, 'stored.txt'), 'utf8')).toBe('as it is');
  expect(await readFile(join(out, 'deflated.txt'), 'utf8')).toBe(long);
});

test('refuses what is no archive', async () => {
  const archive = join(folder, 'page.html');
  await writeFile(archive, '<html>not found</html>');
  await expect(unzip(archive, () => null)).rejects.toThrow(`${archive}: no zip archive`);
});
