/** TensorFlow ops that TensorFlow.js lacks, or whose TensorFlow.js form cannot be traced. */
import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';

import { attr, DType, executeOp, nativeId, wrap } from './native.ts';

type AttrValue = keyof typeof DType | number | boolean;

/**
 * Runs a TensorFlow op on tensors. Attributes: a type by its name, an integer, or a boolean.
 *
 * @returns Its first `outputs` outputs.
 */
export function wrapOp(
  name: string,
  attrs: Readonly<Record<string, AttrValue>>,
  inputs: readonly Tensor[],
  outputs: number,
): Tensor[] {
  const list = Object.entries(attrs).map(([key, value]) => {
    if (typeof value === 'string') return attr.type(key, DType[value]);
    return typeof value === 'number' ? attr.int(key, value) : attr.bool(key, value);
  });
  return executeOp(name, list, inputs.map(nativeId), outputs).map(wrap);
}

/** Rows of a matrix by index, with a gradient. table [n, D], indices [m] int32 → [m, D]. (`tf.gather` reads its indices.) */
export function gatherRows(table: Tensor2D, indices: Tensor1D): Tensor2D {
  const rows = table.shape[0];
  return tf.customGrad((...args) => {
    const [table, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    save([]);
    return {
      value: gather(table, indices, 0),
      gradFunc: (dy: Tensor) => tf.unsortedSegmentSum(dy as Tensor2D, indices, rows),
    };
  })(table) as Tensor2D;
}

/**
 * Slices along `axis` by index; no gradient.
 *
 * @param batchDims So many leading axes of `indices` run along those of `table`.
 */
export function gather(table: Tensor, indices: Tensor, axis: number, batchDims = 0): Tensor {
  const attrs = [
    attr.type('Tparams', DType[table.dtype as 'float32' | 'int32']),
    attr.type('Tindices', DType.int32),
    attr.type('Taxis', DType.int32),
    attr.int('batch_dims', batchDims),
  ];
  return tf.tidy(() => {
    const inputs = [table, indices, tf.scalar(axis, 'int32')].map(nativeId);
    return wrap(executeOp('GatherV2', attrs, inputs, 1)[0]!);
  });
}

/** The k largest entries of each row, descending. x [m, n] → values and indices [m, k]. */
export function topK(x: Tensor2D, k: number): { values: Tensor2D; indices: Tensor2D } {
  return tf.tidy(() => {
    const attrs = { sorted: true, T: 'float32', Tk: 'int32', index_type: 'int32' } as const;
    const [values, indices] = wrapOp('TopKV2', attrs, [x, tf.scalar(k, 'int32')], 2);
    return { values: values as Tensor2D, indices: indices as Tensor2D };
  });
}
