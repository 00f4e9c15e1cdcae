import { describe, expect, test } from 'vitest';

import { compile, onTraced } from '../../../model/tensor/compile.ts';
import { gather, wrapOp } from '../../../model/tensor/raw-ops.ts';
import {
  addToVariable,
  assignVariable,
  disposeVariable,
  readVariable,
  variableCount,
  variableOf,
} from '../../../model/tensor/variable.ts';
import type { Variable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import type { Tensor2D } from '../../../model/tf.ts';

describe('compile', () => {
  test('runs TensorFlow.js code with its gradients, once traced for each shape', () => {
    const f = compile('tanh_norm', (x: Tensor2D, w: Tensor2D) => ({
      value: tf.sum(tf.tanh(tf.matMul(x, w))),
      gradient: tf.grad((w: tf.Tensor) => tf.sum(tf.tanh(tf.matMul(x, w as Tensor2D))))(w),
    }));
    tf.tidy(() => {
      const [x, w] = [tf.tensor2d([[1, -2, 0.5]]), tf.tensor2d([[0.1], [0.2], [0.3]])];
      // x·w = −0.15, d tanh = 1 − tanh² = 0.977835
      expect(f(x, w).value.dataSync()[0]).toBeCloseTo(Math.tanh(-0.15), 6);
      const slope = 1 - Math.tanh(-0.15) ** 2;
      expect([...f(x, w).gradient.dataSync()].map((g, i) => g / [1, -2, 0.5][i]! / slope)).toEqual(
        [1, 1, 1].map((one) => expect.closeTo(one, 5)),
      );
      expect(f.traceCount()).toBe(1);
      f(
        tf.tensor2d([
          [1, 2, 3],
          [4, 5, 6],
        ]),
        w,
      );
      expect(f.traceCount()).toBe(2);
    });
    f.dispose();
  });

  test('tells of each shape it is traced for, and of none twice', () => {
    const heard: string[] = [];
    onTraced(({ name, shapes }) => heard.push(`${name} ${shapes}`));
    const double = compile('double', (x: tf.Tensor) => tf.mul(x, 2));
    tf.tidy(() => [[1], [2], [1, 2], [3]].forEach((values) => double(tf.tensor1d(values))));
    onTraced(() => {});
    expect(heard).toEqual(['double 1', 'double 2']);
    double.dispose();
  });

  test('keeps the order of reads and writes of a variable', () => {
    const f = compile('count', (v: Variable) => {
      const before = readVariable(v);
      addToVariable(v, tf.scalar(1));
      const between = readVariable(v);
      assignVariable(v, tf.mul(readVariable(v), 10));
      return [before, between, readVariable(v)];
    });
    const v = variableOf(() => tf.scalar(2));
    tf.tidy(() => {
      expect(f(v).map((t) => t.dataSync()[0])).toEqual([2, 3, 30]);
      expect(f(v).map((t) => t.dataSync()[0])).toEqual([30, 31, 310]);
    });
    disposeVariable(v);
    f.dispose();
  });

  test('holds numbers and texts among the arguments fixed, and passes structure through', () => {
    const f = compile('scale', (x: Tensor2D, options: { by: number; names: readonly string[] }) => ({
      ...options,
      x: [tf.mul(x, options.by)],
    }));
    tf.tidy(() => {
      const result = f(tf.tensor2d([[1, 2]]), { by: 3, names: ['a'] });
      expect({ ...result, x: result.x[0]!.arraySync() }).toEqual({ by: 3, names: ['a'], x: [[3, 6]] });
      expect(f(tf.tensor2d([[1, 2]]), { by: 4, names: ['a'] }).x[0]!.arraySync()).toEqual([[4, 8]]);
    });
    f.dispose();
  });

  test('becomes part of a compiled function that calls it', () => {
    const inner = compile('inner', (x: Tensor2D) => tf.square(x));
    const outer = compile('outer', (x: Tensor2D) => tf.add(inner(x), 1));
    tf.tidy(() => {
      expect(outer(tf.tensor2d([[3]])).arraySync()).toEqual([[10]]);
    });
    expect(inner.traceCount()).toBe(0);
  });

  test('returns one value twice, and an argument as it came', () => {
    const f = compile('same', (x: Tensor2D) => [x, x, tf.neg(x)]);
    tf.tidy(() => {
      expect(f(tf.tensor2d([[1, 2]])).map((t) => t.arraySync())).toEqual([[[1, 2]], [[1, 2]], [[-1, -2]]]);
    });
  });

  test('multiplies matrices in bfloat16 when told to, and nothing else', () => {
    const body = (x: Tensor2D) => ({ product: tf.matMul(x, x), sum: tf.add(x, 2 ** -12) });
    const f = compile('narrow', body, { precision: 'bfloat16' });
    tf.tidy(() => {
      // 1 + 2^-9 needs 10 bits: bfloat16 has 8 and rounds it to 1.
      const { product, sum } = f(tf.tensor2d([[1 + 2 ** -9]]));
      expect(product.dataSync()[0]).toBe(1);
      expect(sum.dataSync()[0]).toBe(1 + 2 ** -9 + 2 ** -12);
    });
  });

  test.each([
    [
      'tf.gather',
      /compile\(refused\): GatherV2 reads the value/,
      (x: Tensor2D) => tf.gather(x, tf.cast(tf.sum(x, 1), 'int32')),
    ],
    [
      'a read of a value',
      /compile\(refused\): Sum reads the value/,
      (x: Tensor2D) => tf.scalar(tf.sum(x).dataSync()[0]!),
    ],
    [
      'a shape that depends on values',
      /\(Where\) gives a tensor of shape/,
      (x: Tensor2D) => wrapOp('Where', { T: 'float32' }, [x], 1)[0]!,
    ],
    ['an asynchronous function', /asynchronous/, (async (x: Tensor2D) => x) as unknown as (x: Tensor2D) => tf.Tensor],
  ])('refuses %s and says why', (_, message, body) => {
    const f = compile('refused', body);
    const x = tf.tensor2d([[1, 2]]);
    expect(() => f(x)).toThrow(message);
    x.dispose();
  });

  test('refuses a variable that is not an argument', () => {
    const v = variableOf(() => tf.scalar(1));
    const f = compile('closure', (x: Tensor2D) => tf.add(x, readVariable(v)));
    expect(() => f(tf.tensor2d([[1]]))).toThrow('a variable is used that is not an argument');
    disposeVariable(v);
  });

  test('a failed trace leaves the eager world as it was', () => {
    const f = compile('fails', (): tf.Tensor => {
      throw new Error('on purpose');
    });
    expect(() => f()).toThrow('on purpose');
    expect(tf.tidy(() => tf.add(1, 2).dataSync()[0])).toBe(3);
  });

  test('leaves only its results in memory', () => {
    const x = tf.tensor2d([[1, 2]]);
    const f = compile('tidy', (x: Tensor2D) => tf.square(tf.add(x, gather(x, tf.tensor1d([0], 'int32'), 0))));
    f(x).dispose();
    const [tensors, variables] = [tf.memory().numTensors, variableCount()];
    const result = f(x);
    expect(tf.memory().numTensors).toBe(tensors + 1);
    expect(variableCount()).toBe(variables);
    tf.dispose([result, x]);
  });
});

describe('a bfloat16 variable', () => {
  test('stores 8 bits of mantissa and reads as float32', () => {
    const v = variableOf(() => tf.tensor1d([1 + 2 ** -7, 1 + 2 ** -9, -3]), 'bfloat16');
    tf.tidy(() => {
      expect([...readVariable(v).dataSync()]).toEqual([1 + 2 ** -7, 1, -3]);
    });
    disposeVariable(v);
  });
});
