import { expect, test } from 'vitest';

import { choosePrecision, measurePrecision } from '../../model/precision.ts';
import { variableCount } from '../../model/tensor/variable.ts';
import * as tf from '../../model/tf.ts';

test('bfloat16 is taken where it is faster by more than the noise, as a geometric mean', () => {
  const timings = (training: number, decoding: number) => [
    { float32: 60, bfloat16: 60 / training },
    { float32: 10, bfloat16: 10 / decoding },
  ];
  const chosen = (training: number, decoding: number) => choosePrecision(timings(training, decoding));
  expect(chosen(2, 0.5)).toEqual({ precision: 'float32', bfloat16Speedup: expect.closeTo(1) });
  expect(chosen(1.7, 1.6)).toEqual({ precision: 'bfloat16', bfloat16Speedup: expect.closeTo(Math.sqrt(1.7 * 1.6)) });
  expect(chosen(4, 1).precision).toBe('bfloat16');
  expect(chosen(1.2, 1.2).precision).toBe('float32');
  expect(chosen(0.9, 0.5).precision).toBe('float32');
});

test('measuring leaves nothing behind, and says what the times say', async () => {
  await tf.ready();
  const before = [tf.memory().numTensors, variableCount()];
  const { precision, bfloat16Speedup } = measurePrecision();
  expect([tf.memory().numTensors, variableCount()]).toEqual(before);
  expect(bfloat16Speedup).toBeGreaterThan(0.01);
  expect(bfloat16Speedup).toBeLessThan(100);
  expect(precision).toBe(bfloat16Speedup >= 1.25 ? 'bfloat16' : 'float32');
});
