import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openGguf } from '../../../model/loaders/gguf.ts';
import { type GgufTensor, ggufBytes } from '../../support/gguf-bytes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function file(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), 'model.gguf');
  writeFileSync(path, bytes);
  return path;
}

// [2 rows, 3 columns], which GGUF lists as [3, 2].
const MATRIX: GgufTensor = {
  name: 'matrix',
  shape: [3, 2],
  type: 0,
  bytes: new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer),
};
const VECTOR: GgufTensor = { name: 'vector', shape: [2], type: 30, bytes: new Uint8Array([0xc0, 0x3f, 0x00, 0xc0]) };
const METADATA = {
  'general.name': { text: 'Ünïcode ▁' },
  count: { u32: 7 },
  flag: { bool: true },
  tokens: { texts: ['a', '', '▁b'] },
  scores: { f32s: [0.5, -1, 3] },
};
const GOOD = ggufBytes(METADATA, [MATRIX, VECTOR]);

describe('openGguf', () => {
  test('reads metadata and tensors, shapes in the order of Hugging Face', async () => {
    const gguf = openGguf(file(GOOD));
    expect(Object.fromEntries(gguf.metadata)).toEqual({
      'general.name': 'Ünïcode ▁',
      count: 7,
      flag: true,
      tokens: ['a', '', '▁b'],
      scores: [0.5, -1, 3],
    });
    expect(gguf.names()).toEqual(['matrix', 'vector']);
    expect(gguf.info('matrix')).toMatchObject({ shape: [2, 3], dtype: 'F32' });
    expect([...(await gguf.read('matrix'))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await gguf.read('vector'))]).toEqual([1.5, -2]);
  });

  test('reads heads that are longer than its window', () => {
    const tokens = Array.from({ length: 200_000 }, (_, i) => `token ${i}`);
    const { metadata } = openGguf(file(ggufBytes({ tokens: { texts: tokens }, last: { u32: 9 } }, [])));
    expect(metadata.get('tokens')).toEqual(tokens);
    expect(metadata.get('last')).toBe(9);
  });

  test('refuses a tensor it does not have', async () => {
    await expect(openGguf(file(GOOD)).read('other')).rejects.toThrow(/no tensor named other/);
  });

  test('refuses every file that is cut off, wherever', () => {
    const path = file(GOOD);
    for (let length = 0; length < GOOD.length - 28; length += 5) {
      writeFileSync(path, GOOD.subarray(0, length));
      expect(() => openGguf(path), `cut at ${length}`).toThrow(/cut off|fetch it again|more than the file can hold/);
    }
  });
});

/** GOOD with some bytes overwritten. */
function damaged(position: number, ...bytes: number[]): Uint8Array {
  const copy = Uint8Array.from(GOOD);
  copy.set(bytes, position);
  return copy;
}

describe('openGguf says what is wrong', () => {
  const place = (text: string) => GOOD.indexOf(text);
  test.each([
    ['no GGUF', damaged(0, 0x50, 0x4b, 3, 4), /starts with .*expected "GGUF"/],
    ['version 1', damaged(4, 1), /version 1, expected 2 or 3/],
    ['big-endian', damaged(4, 0, 0, 0, 3), /big-endian/],
    ['2^40 tensors', damaged(8, 0, 0, 0, 0, 0, 1), /number of tensors is \d+, more than the file can hold/],
    ['a string of 2^56 bytes', damaged(24, 0, 0, 0, 0, 0, 0, 0, 1), /more than/],
    ['an unknown metadata type', damaged(place('count') + 5, 99), /count the unknown type 99/],
    ['an array of 2^32 strings', damaged(place('tokens') + 14, 0, 0, 0, 0, 1), /more than the file can hold/],
    ['five dimensions', damaged(place('matrix') + 6, 5), /gives matrix 5 dimensions/],
    [
      'a format it does not know',
      damaged(place('matrix') + 6 + 4 + 16, 10),
      /matrix has ggml type 10; this reader knows F32/,
    ],
    ['rows that are no whole blocks', damaged(place('matrix') + 6 + 4 + 16, 8), /matrix as Q8_0 \[2, 3\]/],
    ['a tensor that is out of line', damaged(place('matrix') + 6 + 4 + 16 + 4, 8), /at 8, which cannot be/],
    ['a tensor beyond the end', damaged(place('vector') + 6 + 4 + 8 + 4, 0, 4), /vector ends at .* cut off/],
    ['a tensor of size 0', damaged(place('vector') + 6 + 4, 0), /which cannot be/],
  ])('%s', (_, bytes, message) => {
    expect(() => openGguf(file(bytes))).toThrow(message);
  });

  test('blocks that run over the ends of rows', () => {
    const tensor = { name: 'x', shape: [16, 2], type: 8, bytes: new Uint8Array(34) };
    expect(() => openGguf(file(ggufBytes({}, [tensor])))).toThrow(/x as Q8_0 \[2, 16\] at 0, which cannot be/);
  });

  test('two tensors of one name', () => {
    expect(() => openGguf(file(ggufBytes({}, [VECTOR, VECTOR])))).toThrow(/has the tensor vector twice/);
  });

  test('an alignment that is no power of two', () => {
    expect(() => openGguf(file(ggufBytes({ 'general.alignment': { u32: 24 } }, [])))).toThrow(
      /alignment 24, expected a power/,
    );
  });
});
