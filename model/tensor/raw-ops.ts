/** TensorFlow ops that TensorFlow.js lacks, or whose TensorFlow.js form cannot be traced. */
import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';

import { attr, DType, executeOp, nativeId, wrap } from './native.ts';
import type { NativeTensor } from './native.ts';

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
  const dtype = DType[table.dtype as 'float32' | 'int32'];
  return wrap(gatherNative({ id: nativeId(table), dtype }, indices, axis, batchDims));
}

/** {@link gather} for a table of any type. */
export function gatherNative(
  table: Pick<NativeTensor, 'id' | 'dtype'>,
  indices: Tensor,
  axis: number,
  batchDims = 0,
): NativeTensor {
  const attrs = [
    attr.type('Tparams', table.dtype),
    attr.type('Tindices', DType.int32),
    attr.type('Taxis', DType.int32),
    attr.int('batch_dims', batchDims),
  ];
  const axisTensor = tf.scalar(axis, 'int32');
  const [slices] = executeOp('GatherV2', attrs, [table.id, nativeId(indices), nativeId(axisTensor)], 1);
  axisTensor.dispose();
  return slices!;
}

/** The k largest entries of each row, descending. x [m, n] → values and indices [m, k]. */
export function topK(x: Tensor2D, k: number): { values: Tensor2D; indices: Tensor2D } {
  return tf.tidy(() => {
    const attrs = { sorted: true, T: 'float32', Tk: 'int32', index_type: 'int32' } as const;
    const [values, indices] = wrapOp('TopKV2', attrs, [x, tf.scalar(k, 'int32')], 2);
    return { values: values as Tensor2D, indices: indices as Tensor2D };
  });
}

/** How many entries of an ascending row are below each value. rows [B, n], values [B, k] → [B, k] int32 */
export function countBelow(rows: Tensor2D, values: Tensor2D): Tensor2D {
  return wrapOp('LowerBound', { T: 'float32', out_type: 'int32' }, [rows, values], 1)[0] as Tensor2D;
}

/** How many entries of an ascending row are at most each value. rows [B, n], values [B, k] → [B, k] int32 */
export function countAtMost(rows: Tensor2D, values: Tensor2D): Tensor2D {
  return wrapOp('UpperBound', { T: 'float32', out_type: 'int32' }, [rows, values], 1)[0] as Tensor2D;
}

/**
 * A matrix less `updates` at columns of each row; a column named twice loses both.
 *
 * @param x [m, n]
 * @param columns [m, k] int32
 * @param updates [m, k]
 */
export function subtractAt(x: Tensor2D, columns: Tensor2D, updates: Tensor2D): Tensor2D {
  const [m, n] = x.shape;
  return tf.tidy(() => {
    const rowStarts = tf.mul(tf.range(0, m, 1, 'int32'), tf.scalar(n, 'int32'));
    const places = tf.reshape(tf.add(columns, tf.expandDims(rowStarts, 1)), [-1, 1]);
    const inputs = [tf.reshape(x, [-1]), places, tf.reshape(updates, [-1])];
    const [left] = wrapOp('TensorScatterSub', { T: 'float32', Tindices: 'int32' }, inputs, 1);
    return tf.reshape(left!, [m, n]);
  });
}

/**
 * A table plus `rows` at the rows that `indices` name; one named twice gets both. In the table's own memory, if nothing
 * else holds it.
 *
 * @param table [n, D]
 * @param indices [m] int32
 * @param rows [m, D]
 */
export function addAtRows(table: Tensor2D, indices: Tensor1D, rows: Tensor2D): Tensor2D {
  const inputs = [table, tf.expandDims(indices, 1), rows];
  return wrapOp('TensorScatterAdd', { T: 'float32', Tindices: 'int32' }, inputs, 1)[0] as Tensor2D;
}

/** Σ x², without a tensor of the squares. Scalar. */
export function sumOfSquares(x: Tensor): Tensor {
  return tf.mul(wrapOp('L2Loss', { T: 'float32' }, [x], 1)[0]!, 2); // half of it, by that name
}

/** Logarithm of the softmax of each row. x [m, n] → [m, n] */
export function logSoftmax(x: Tensor2D): Tensor2D {
  return wrapOp('LogSoftmax', { T: 'float32' }, [x], 1)[0] as Tensor2D;
}
