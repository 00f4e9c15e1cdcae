import { expect, test } from 'vitest';

import { deviceInfo } from '../../model/device.ts';
import { choosePrecision, measurePrecision } from '../../model/precision.ts';
import { variableCount } from '../../model/tensor/variable.ts';
import * as tf from '../../model/tf.ts';

const timings = (training: number, decoding: number) => [
  { float32: 60, bfloat16: 60 / training },
  { float32: 10, bfloat16: 10 / decoding },
];

test.each([
  ['a CPU that multiplies it', ['avx2', 'avx512_bf16']],
  ['a device of which nothing is known', []],
])('bfloat16 is taken where it is faster by more than the noise, as a geometric mean: %s', (_, sets) => {
  const chosen = (training: number, decoding: number) => choosePrecision(timings(training, decoding), sets);
  expect(chosen(2, 0.5)).toEqual({ precision: 'float32', bfloat16Speedup: expect.closeTo(1) });
  expect(chosen(1.7, 1.6)).toEqual({ precision: 'bfloat16', bfloat16Speedup: expect.closeTo(Math.sqrt(1.7 * 1.6)) });
  expect(chosen(4, 1).precision).toBe('bfloat16');
  expect(chosen(1.2, 1.2).precision).toBe('float32');
  expect(chosen(0.9, 0.5).precision).toBe('float32');
});

test('bfloat16 is not taken on a CPU without instructions for it, however it was measured', () => {
  const chosen = choosePrecision(timings(2, 2), ['avx2', 'fma', 'avx512f']);
  expect(chosen).toEqual({ precision: 'float32', bfloat16Speedup: expect.closeTo(2) });
});

test('measuring leaves nothing behind, and says what the times say', async () => {
  await tf.ready();
  const before = [tf.memory().numTensors, variableCount()];
  const { precision, bfloat16Speedup } = measurePrecision();
  expect([tf.memory().numTensors, variableCount()]).toEqual(before);
  expect(bfloat16Speedup).toBeGreaterThan(0.01);
  expect(bfloat16Speedup).toBeLessThan(100);
  const { instructionSets } = deviceInfo();
  expect(precision).toBe(choosePrecision(timings(bfloat16Speedup, bfloat16Speedup), instructionSets).precision);
});
