import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { DataError, filterRows, nameColumns, readRows } from '../../../activities/data/rows.ts';
import { isThere, testData } from '../../support/data.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cabochon-rows-'))));
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const file = join(folder, 'rows.jsonl');
  await writeFile(file, text);
  return readRows(file);
}

describe('readRows', () => {
  test('reads one object a line, whatever the line ends, past empty lines and a byte-order mark', async () => {
    expect(await read('\uFEFF{"a": 1}\r\n\n  \n{"a": "x"}')).toEqual([{ a: 1 }, { a: 'x' }]);
  });

  test.each([
    ['{"a": 1}\n{"a": 2,}\n', /rows\.jsonl:2: got \{"a": 2,\}, expected a JSON object/],
    ['\n[1]\n', /rows\.jsonl:2: got \[1\], expected a JSON object/],
    ['null\n', /rows\.jsonl:1: got null/],
    ['\n', /rows\.jsonl: got no rows/],
  ])('refuses %j and says where', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toBeInstanceOf(DataError);
  });

  test('a file that is not there is a DataError too', async () => {
    await expect(readRows(join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl: cannot be read: ENOENT/);
  });
});

describe('filterRows', () => {
  const rows = [
    { n: 1, a: '5' },
    { n: 2, a: '5' },
    { n: 1, a: '0.5' },
    { a: '7' },
    { n: '1', a: '5' },
    { n: 1, a: null },
  ];

  test('keeps rows that hold the literal and match the expression; a lacking column passes; all are counted', () => {
    const { kept, counts } = filterRows(rows, { n: 1, a: { matches: '^\\d+$' } });
    expect(kept).toEqual([rows[0], rows[3], rows[5]]);
    expect(counts).toEqual({ rejected: { n: 2, a: 1 }, lacking: { n: 1, a: 1 } });
  });

  test('an expression reads numbers as text, and nothing else', () => {
    expect(filterRows([{ a: 12 }, { a: [12] }, { a: true }], { a: { matches: '1|true' } }).kept).toEqual([{ a: 12 }]);
  });
});

describe('nameColumns', () => {
  const rows = [{ test: 'a', entry_point: 'f' }, { test: 'b' }];

  test('gives columns a further name', () => {
    expect(nameColumns(rows, { tests: 'test', entryPoint: 'entry_point' }, 'x.jsonl')).toEqual([
      { test: 'a', entry_point: 'f', tests: 'a', entryPoint: 'f' },
      { test: 'b', tests: 'b' },
    ]);
  });

  test('refuses a column that no row has, and a name that is taken', () => {
    const absent = () => nameColumns(rows, { tests: 'tset' }, 'x.jsonl');
    expect(absent).toThrow(/x\.jsonl: no row has the column tset .* there are: test, entry_point/);
    expect(() => nameColumns(rows, { test: 'entry_point' }, 'x.jsonl')).toThrow(/has a column test already/);
  });
});

const FILE = 'math/easy-word-problems/easy_tuning.jsonl';
test.skipIf(!isThere(FILE))(
  'selects the 275 one-operation rows with a whole answer of the real tuning set',
  async () => {
    const { kept } = filterRows(await readRows(testData(FILE)), { n_ops: 1, answer: { matches: '^-?\\d+$' } });
    expect(kept).toHaveLength(275);
    for (const row of kept) expect([row.n_ops, Number.isInteger(Number(row.answer))]).toEqual([1, true]);
  },
);
