import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '../../../model/loaders/safetensors.ts';
import { writeSafetensors } from '../../../model/loaders/write-safetensors.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A file with the given header and numbers, written from the format's description and not by our writer. */
function file(header: unknown, data: Uint8Array, folder = temporaryFolder(), name = 'model.safetensors'): string {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(join(folder, name), Buffer.concat([length, json, data]));
  return join(folder, name);
}

const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);
const entry = (dtype: string, shape: number[], from: number, to: number) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

describe('openSafetensors', () => {
  test('reads F32, F16 and BF16, and metadata', async () => {
    const halves = new Uint8Array([0x00, 0x3e, 0x00, 0xc0, 0xc0, 0x3f]); // 1.5 and −2 in F16, 1.5 in BF16
    const header = {
      __metadata__: { format: 'pt', step: '3' },
      a: entry('F32', [2, 1], 0, 8),
      b: entry('F16', [2], 8, 12),
      c: entry('BF16', [], 12, 14),
    };
    const source = await openSafetensors(file(header, Buffer.concat([floats(0.25, -7), halves])));
    expect(source.metadata).toEqual({ format: 'pt', step: '3' });
    expect(source.names()).toEqual(['a', 'b', 'c']);
    expect(source.info('a')).toMatchObject({ shape: [2, 1], dtype: 'F32' });
    expect([...(await source.read('a'))]).toEqual([0.25, -7]);
    expect([...(await source.read('b'))]).toEqual([1.5, -2]);
    expect([...(await source.read('c'))]).toEqual([1.5]);
  });

  test('reads shards through their index', async () => {
    const folder = temporaryFolder();
    file({ a: entry('F32', [1], 0, 4) }, floats(1), folder, 'model-00001-of-00002.safetensors');
    file({ b: entry('F32', [2], 0, 8) }, floats(2, 3), folder, 'model-00002-of-00002.safetensors');
    const index = join(folder, 'model.safetensors.index.json');
    const weight_map = { b: 'model-00002-of-00002.safetensors', a: 'model-00001-of-00002.safetensors' };
    writeFileSync(index, JSON.stringify({ metadata: { total_size: 12 }, weight_map }));
    const source = await openSafetensors(index);
    expect(source.files).toHaveLength(2);
    expect([...(await source.read('a')), ...(await source.read('b'))]).toEqual([1, 2, 3]);
  });

  test('refuses to read a format that holds no weights', async () => {
    const source = await openSafetensors(file({ a: entry('I64', [1], 0, 8) }, new Uint8Array(8)));
    await expect(source.read('a')).rejects.toThrow(/a is I64, expected one of F32, F16, BF16/);
  });

  test.each([
    [
      'a header longer than the file',
      (path: string) => writeFileSync(path, Buffer.from('ffffffff00000000', 'hex')),
      /damaged or cut off/,
    ],
    ['bad JSON', (path: string) => writeFileSync(path, Buffer.from('0200000000000000' + '7b7b', 'hex')), /bad JSON/],
    ['an empty file', (path: string) => writeFileSync(path, ''), /cut off/],
  ])('refuses %s', async (_, damage, message) => {
    const path = join(temporaryFolder(), 'model.safetensors');
    damage(path);
    await expect(openSafetensors(path)).rejects.toThrow(message);
  });

  test.each([
    ['a tensor beyond the end', entry('F32', [2], 0, 8), /a ends at byte .* cut off/],
    ['a shape that does not fit', entry('F32', [3], 0, 4), /a is F32 \[3\] in 4 bytes, expected 12/],
    ['offsets that run backwards', entry('I8', [1], 4, 0), /in -4 bytes/],
    ['an entry without a place', { dtype: 'F32', shape: [1] }, /bad header/],
  ])('refuses %s', async (_, bad, message) => {
    await expect(openSafetensors(file({ a: bad }, floats(1)))).rejects.toThrow(message);
  });

  test('refuses an index that leads out of its folder or to nothing', async () => {
    const folder = temporaryFolder();
    file({ a: entry('F32', [1], 0, 4) }, floats(1), folder);
    const index = join(folder, 'model.safetensors.index.json');
    writeFileSync(index, JSON.stringify({ weight_map: { a: '../model.safetensors' } }));
    await expect(openSafetensors(index)).rejects.toThrow(/expected one beside the index/);
    writeFileSync(index, JSON.stringify({ weight_map: { b: 'model.safetensors' } }));
    await expect(openSafetensors(index)).rejects.toThrow(/says b is in model.safetensors/);
  });
});

describe('writeSafetensors', () => {
  const tensors = [
    { name: 'b', shape: [2, 2], read: () => new Float32Array([1, -2, 3, 1e-40]) },
    { name: 'a', shape: [3], read: async () => new Float32Array([0.1, 5, -0]) },
  ];

  test('writes what can be read again, and says its size and digest', async () => {
    const path = join(temporaryFolder(), 'model.safetensors');
    const written = await writeSafetensors(path, tensors, { step: '4' });
    const bytes = readFileSync(path);
    expect(written).toEqual({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    // Readers that map the file need the numbers at a multiple of 8.
    expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
    const source = await openSafetensors(path);
    expect(source.metadata).toEqual({ format: 'pt', step: '4' });
    expect(source.names()).toEqual(['a', 'b']);
    expect(source.info('b').shape).toEqual([2, 2]);
    expect([...(await source.read('a'))]).toEqual([Math.fround(0.1), 5, -0]);
    expect([...(await source.read('b'))]).toEqual([1, -2, 3, Math.fround(1e-40)]);
  });

  test('gives the same bytes in whatever order the tensors come', async () => {
    const folder = temporaryFolder();
    const first = await writeSafetensors(join(folder, '1'), tensors);
    const second = await writeSafetensors(join(folder, '2'), tensors.toReversed());
    expect(second.sha256).toBe(first.sha256);
  });

  test('leaves nothing behind when a tensor is wrong, and keeps what was there', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, 'before');
    const wrong = [...tensors, { name: 'c', shape: [2], read: () => new Float32Array(3) }];
    await expect(writeSafetensors(path, wrong)).rejects.toThrow(/c has 3 numbers, expected \[2\]/);
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    expect(readFileSync(path, 'utf8')).toBe('before');
  });

  test('refuses two tensors of one name', async () => {
    const twice = [tensors[0]!, tensors[0]!];
    await expect(writeSafetensors(join(temporaryFolder(), 'x'), twice)).rejects.toThrow(/two tensors are named b/);
  });
});
