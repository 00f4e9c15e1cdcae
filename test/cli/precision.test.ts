import { expect, test } from 'vitest';

import { describePrecision, parsePrecision, precisionOn } from '../../cli/precision.ts';
import type { ModelClient, Precision } from '../../server/client.ts';

/** A model server that measured this, and how often it was asked. */
function measured(precision: Precision) {
  const asked: string[] = [];
  const info = () => Promise.resolve({ precision }).finally(() => asked.push('info'));
  return { asked, model: { info } as unknown as Pick<ModelClient, 'info'> };
}

test('auto, also when nothing is said, is what the model server measured', async () => {
  expect([undefined, 'auto', 'float32', 'bfloat16'].map(parsePrecision)).toEqual([
    ...['auto', 'auto', 'float32', 'bfloat16'],
  ]);
  expect(() => parsePrecision('Float32')).toThrow('--precision: got Float32, expected one of auto, float32, bfloat16');
  for (const precision of ['float32', 'bfloat16'] as const) {
    expect(await precisionOn(measured(precision).model, 'auto')).toBe(precision);
  }
});

test('a named one is taken as it is, and nobody is asked', async () => {
  const { asked, model } = measured('bfloat16');
  expect(await precisionOn(model, 'float32')).toBe('float32');
  expect(await precisionOn(measured('float32').model, 'bfloat16')).toBe('bfloat16');
  expect(asked).toEqual([]);
});

test('is described by how much faster bfloat16 is', () => {
  expect(describePrecision({ precision: 'bfloat16', bfloat16Speedup: 2.346 })).toBe(
    'bfloat16: products in bfloat16 are 2.35 times as fast as in float32 here',
  );
});
