/**
 * Native TensorFlow as TensorFlow.js sees it, and what `native/` adds to it: graphs, functions and tensors of any type.
 *
 * `backend.binding` is replaced by a switch: while a function is being traced its calls go to the tracer, else to
 * TensorFlow. Ordinary TensorFlow.js code cannot tell the difference.
 */
import { createRequire } from 'node:module';

import * as tf from '@tensorflow/tfjs';

/** TensorFlow's numbers for the element types used here (`TF_DataType`). */
export const DType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  half: 19,
  resource: 20,
} as const;
export type DType = (typeof DType)[keyof typeof DType];

export type NativeArray = Float32Array | Int32Array | Uint8Array | Uint16Array | BigInt64Array;

export interface Attr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** Ids from here up name outputs of the graph being traced; below are TensorFlow's own tensors. */
export const SYMBOLIC = 2 ** 30;

/** A tensor inside TensorFlow: `id` names it in the binding. Inside a trace, ids from `SYMBOLIC` up are graph outputs. */
export interface NativeTensor {
  readonly id: number;
  readonly dtype: number;
  readonly shape: readonly number[];
}

export interface GraphOutput {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[] | null;
}

export interface GraphNode {
  readonly op: number;
  readonly outputs: GraphOutput[];
}

/** The binding's functions that are used here: the first group is stock, the second is ours (`native/`). */
export interface Binding {
  readonly TF_Version: string;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  isUsingGpuDevice(): boolean;
  createTensor(shape: number[], dtype: number, values: NativeArray | string[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): NativeArray;
  executeOp(name: string, attrs: readonly Attr[], inputs: readonly number[], outputs: number): NativeTensor[];

  graphCreate(): number;
  graphDelete(graph: number): void;
  graphOp(
    graph: number,
    type: string,
    attrs: readonly Attr[],
    inputs: readonly (number | readonly number[])[],
    controlOps: readonly number[],
  ): GraphNode;
  graphConst(graph: number, shape: readonly number[], dtype: number, values: NativeArray): GraphNode;
  graphSetShape(graph: number, id: number, shape: readonly number[]): void;
  graphToFunction(
    graph: number,
    name: string,
    inputs: readonly number[],
    outputs: readonly number[],
    controlOps: readonly number[],
  ): Uint8Array;
  removeFunction(name: string): void;
  allOps(): Uint8Array;
  createRawTensor(shape: readonly number[], dtype: number, values: NativeArray): number;
  readRawTensor(id: number): Uint8Array;
  tensorInfo(id: number): { dtype: number; shape: number[] };
}

/** The part of TensorFlow.js's node backend that is used here. */
export interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(tensor: NativeTensor): tf.Tensor;
}

process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
// A run that is interrupted must end with the same bits as one that is not.
process.env['TF_DETERMINISTIC_OPS'] ??= '1';
// Matrix products by oneDNN. TensorFlow leaves them to Eigen where the CPU has neither AVX512-VNNI nor AMX, and is two to
// eight times slower there.
process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');

export const backend = tf.backend() as unknown as NodeBackend;
export const native: Binding = backend.binding;

/** What stands in for the binding during a trace. */
export interface BindingOverride {
  createTensor: Binding['createTensor'];
  deleteTensor: Binding['deleteTensor'];
  tensorDataSync: Binding['tensorDataSync'];
  executeOp: Binding['executeOp'];
}

let override: BindingOverride | null = null;
const active = (): BindingOverride => override ?? native;

const switched: BindingOverride = {
  createTensor: (shape, dtype, values) => active().createTensor(shape, dtype, values),
  deleteTensor: (id) => active().deleteTensor(id),
  tensorDataSync: (id) => active().tensorDataSync(id),
  executeOp: (name, attrs, inputs, outputs) => active().executeOp(name, attrs, inputs, outputs),
};
// Defined, not assigned: the binding's own properties are read-only, and an object that inherits them obeys that.
backend.binding = Object.create(native, Object.getOwnPropertyDescriptors(switched)) as Binding;

/** Sends the backend's calls to `instead` while `body` runs. */
export function withBinding<T>(instead: BindingOverride, body: () => T): T {
  if (override) throw new Error('withBinding: a trace is already under way; traces do not nest');
  override = instead;
  try {
    return body();
  } finally {
    override = null;
  }
}

/** True while a function is being traced. */
export const isTracing = (): boolean => override !== null;

/** Runs one TensorFlow op by name, eagerly or into the graph being traced. */
export const executeOp: Binding['executeOp'] = switched.executeOp;

/** The id of a tensor's native value; moves the value to the device on first use. */
export function nativeId(tensor: tf.Tensor): number {
  return backend.getInputTensorIds([tensor])[0]!;
}

/** A TensorFlow.js tensor around a native one. Types TensorFlow.js lacks (bfloat16, resource) must stay native. */
export function wrap(tensor: NativeTensor): tf.Tensor {
  return backend.createOutputTensor({ ...tensor, shape: [...tensor.shape] });
}

/** Attributes of an op, in the binding's form. */
export const attr = {
  type: (name: string, value: number): Attr => ({ name, type: native.TF_ATTR_TYPE, value }),
  int: (name: string, value: number): Attr => ({ name, type: native.TF_ATTR_INT, value }),
  bool: (name: string, value: boolean): Attr => ({ name, type: native.TF_ATTR_BOOL, value }),
  shape: (name: string, value: readonly number[]): Attr => ({ name, type: native.TF_ATTR_SHAPE, value }),
  string: (name: string, value: string | Uint8Array): Attr => ({ name, type: native.TF_ATTR_STRING, value }),
} as const;
