import { describe, expect, test } from 'vitest';

import { MODEL, parseArguments, Usage } from '../../bench/arguments.ts';
import { checkRecord, lastLine, median } from '../../bench/record.ts';
import type { BenchRecord } from '../../bench/record.ts';
import { renderReport } from '../../bench/report.ts';

const record: BenchRecord = {
  ...{ name: 'sft', ours: 400, peers: { fast: 250, broken: null }, ratio: 1.6, unit: 'tokens/s', n: 3 },
  ...{ failed: { broken: 'broken: no compiler' }, details: [{ peer: 'fast' }] },
};

describe('the command line', () => {
  const known = ['sft', 'decode'];

  test('without a name runs everything and writes the report', () => {
    expect(parseArguments([], known)).toEqual({ names: known, json: false, write: true, model: MODEL });
  });

  test('with a name runs that and leaves the report alone', () => {
    const request = parseArguments(['decode', '--json', '--repeats', '2', '--peers', 'bf16'], known);
    expect(request).toEqual({ names: ['decode'], json: true, write: false, model: MODEL, repeats: 2, peers: 'bf16' });
  });

  test('--report measures nothing', () => {
    expect(parseArguments(['--report'], known)).toMatchObject({ names: [], write: true });
  });

  test.each([
    [['stf'], /no benchmark 'stf'; do you mean 'sft'/],
    [['sft', '--repeats', '0'], /--repeats: got 0, expected a whole number from 1/],
    [['sft', '--quick'], /--quick/],
  ])('%j is refused', (args, message) => {
    expect(() => parseArguments(args, known)).toThrow(message);
    expect(() => parseArguments(args, known)).toThrow(Usage);
  });
});

describe('a record', () => {
  test('ends in a line of the agreed fields, a failed peer among them', () => {
    expect(JSON.parse(lastLine(checkRecord(record)))).toEqual({
      ...{ name: 'sft', ours: 400, peers: { fast: 250, broken: null }, ratio: 1.6, unit: 'tokens/s', n: 3 },
      failed: { broken: 'broken: no compiler' },
    });
  });

  test.each([
    [{ ratio: NaN }, /ratio: got null, expected a positive number/],
    [{ ours: 0 }, /ours: got 0/],
    [{ n: 0 }, /n: got 0, expected a whole number from 1/],
    [{ peers: { silent: null } }, /peers.silent: got null, expected a positive number, or null and a reason/],
  ])('with %j is refused', (wrong, message) => {
    expect(() => checkRecord({ ...record, ...wrong })).toThrow(message);
  });

  test('appears in the report with its machine, and what is missing is named', () => {
    const machine = { cpu: 'Some CPU', cores: 2, memoryGiB: 24, instructionSets: ['avx2'], load: 3.2 };
    const report = renderReport([{ record, machine, commit: 'abc1234', date: '2026-01-02' }], ['sft', 'limit']);
    expect(report).toContain('| sft | 400 tokens/s | fast: 250 | 1.60 | 3 |');
    expect(report).toContain('- sft: broken: broken: no compiler');
    expect(report).toContain('2026-01-02, commit abc1234, 2 cores (Some CPU: avx2), 24 GiB, load 3.2');
    expect(report).toContain('Not measured yet: limit.');
  });

  test('appears there with its tables: counts whole, measurements in four digits', () => {
    const machine = { cpu: 'Some CPU', cores: 2, memoryGiB: 24, instructionSets: ['avx2'], load: 3.2 };
    const tables = [{ title: 'tokens', head: ['tokens', 'seconds a step'], rows: [[262_144, 1.234567]] }];
    const grown = { record: { ...record, tables }, machine, commit: 'abc1234', date: '2026-01-02' };
    const table = ['tokens:', '', '| tokens | seconds a step |', '| --- | --- |', '| 262144 | 1.235 |'].join('\n');
    expect(renderReport([grown], ['sft'])).toContain(table);
  });
});

test('the median of an even number of values is the mean of the middle two', () => {
  expect([median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([3, 2.5]);
});
