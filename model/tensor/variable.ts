import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';

import { attr, DType, executeOp, native, nativeId, SYMBOLIC, wrap } from './native.ts';
import type { NativeTensor } from './native.ts';
import { gatherNative } from './raw-ops.ts';

/** Element types of a variable. Values are read as float32 (or int32) whatever they are stored as. */
export type VariableDType = 'float32' | 'bfloat16' | 'int32';

/**
 * A tensor on the device that is updated in place: a weight, a moment, a key-value cache.
 *
 * Lives outside TensorFlow.js's scopes, so that `tf.tidy` does not free it; {@link disposeVariable} does.
 */
export class Variable {
  /** The native resource handle. */
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: VariableDType;

  constructor(id: number, shape: readonly number[], dtype: VariableDType) {
    this.id = id;
    this.shape = shape;
    this.dtype = dtype;
  }
}

let created = 0;
let alive = 0;

/** Variables not yet disposed of. */
export const variableCount = (): number => alive;

/** Makes a variable without a value; assign one before reading it. */
export function createVariable(shape: readonly number[], dtype: VariableDType = 'float32'): Variable {
  const attrs = [
    attr.type('dtype', DType[dtype]),
    attr.shape('shape', shape),
    attr.string('shared_name', `cabochon-${process.pid}-${created++}`),
    attr.string('container', ''),
  ];
  const [handle] = native.executeOp('VarHandleOp', attrs, [], 1);
  alive++;
  return new Variable(handle!.id, [...shape], dtype);
}

/** Makes a variable that holds what `make` computes. */
export function variableOf(make: () => Tensor, dtype: VariableDType = 'float32'): Variable {
  const value = tf.tidy(make);
  const variable = createVariable(value.shape, dtype);
  assignVariable(variable, value);
  value.dispose();
  return variable;
}

/** Makes a variable of zeros. */
export function zeroVariable(shape: readonly number[], dtype: VariableDType = 'float32'): Variable {
  // Filled in by TensorFlow: nothing of their size passes through JavaScript.
  return variableOf(() => tf.fill([...shape], 0, dtype === 'int32' ? 'int32' : 'float32'), dtype);
}

/** Frees a variable's memory on the device. */
export function disposeVariable(variable: Variable): void {
  native.executeOp('DestroyResourceOp', [attr.bool('ignore_lookup_error', false)], [variable.id], 0);
  native.deleteTensor(variable.id);
  alive--;
}

/** The variable's value now; a later assignment does not change it. bfloat16 is widened to float32. */
export function readVariable(variable: Variable): Tensor {
  const value = readNative(variable);
  return wrap(variable.dtype === 'bfloat16' ? widen(value) : value);
}

/** The variable's numbers, brought to JavaScript. */
export function variableValues(variable: Variable): Float32Array {
  // Not in a tidy: that looks for tensors in what is returned, one number after the other.
  const value = readVariable(variable);
  const numbers = value.dataSync() as Float32Array;
  value.dispose();
  return numbers;
}

/**
 * Rows of a variable by index along its first axis. indices [...] → [..., rest of shape]
 *
 * Not by the op for it, `ResourceGather`: after that TensorFlow copies the whole variable at every `ReadVariableOp`, which
 * else copies nothing.
 */
export function gatherVariable(variable: Variable, indices: Tensor): Tensor {
  const value = readNative(variable);
  const rows = gatherNative(value, indices, 0);
  releaseNative(value.id);
  return wrap(variable.dtype === 'bfloat16' ? widen(rows) : rows);
}

/** Replaces the value. */
export function assignVariable(variable: Variable, value: Tensor): void {
  checkShape('assignVariable', variable, value);
  withStored(variable, value, (id) => assignNative(variable, id));
}

/** variable ← variable + value */
export function addToVariable(variable: Variable, value: Tensor): void {
  checkShape('addToVariable', variable, value);
  const attrs = [attr.type('dtype', DType[variable.dtype])];
  withStored(variable, value, (id) => executeOp('AssignAddVariableOp', attrs, [variable.id, id], 0));
}

/**
 * Adds `rows` [n, ...] to the rows of a variable that `indices` [n] name; an index may occur more than once. From then on
 * TensorFlow copies the variable whenever it is read.
 */
export function scatterAddToVariable(variable: Variable, indices: Tensor, rows: Tensor): void {
  const attrs = [attr.type('dtype', DType[variable.dtype]), attr.type('Tindices', DType.int32)];
  withStored(variable, rows, (id) => executeOp('ResourceScatterAdd', attrs, [variable.id, nativeId(indices), id], 0));
}

/**
 * Replaces rows of a variable and gives its new value. The variable is taken as [m, ...shape of a row], whatever its axes.
 *
 * The rows are written in place, so that values read before may change with it. The ops meant for this,
 * `ResourceScatterUpdate` and its like, make TensorFlow copy the whole variable whenever it is read from then on.
 *
 * @param indices [n]; rows of equal index must be equal.
 * @param rows [n, ...shape of a row]
 */
export function replaceRows(variable: Variable, indices: Tensor, rows: Tensor): Tensor {
  const value = withStored(variable, rows, (id) => {
    const type = DType[variable.dtype];
    // On a GPU the op knows no bfloat16. It only moves bits, so that they may pass for another type of their width.
    const movedType = type === DType.bfloat16 ? DType.half : type;
    const before = readNative(variable);
    const flat = reshapeNative(before, [-1, ...rows.shape.slice(1)]);
    const target = bitcast(flat, movedType);
    const source = bitcast({ id, dtype: type, shape: rows.shape }, movedType);
    const inputs = [target.id, nativeId(indices), source.id];
    const [replaced] = executeOp('InplaceUpdate', [attr.type('T', movedType)], inputs, 1);
    const flatAfter = bitcast(replaced!, type);
    const after = reshapeNative(flatAfter, variable.shape);
    const passing = new Set([before, flat, target, source, replaced!, flatAfter].map((each) => each.id));
    passing.delete(id); // the caller's
    passing.forEach(releaseNative);
    assignNative(variable, after.id);
    return after;
  });
  return wrap(variable.dtype === 'bfloat16' ? widen(value) : value);
}

/** Calls `use` with the native id of `value` in the variable's element type. */
function withStored<T>(variable: Variable, value: Tensor, use: (id: number) => T): T {
  const id = nativeId(value);
  if (variable.dtype !== 'bfloat16') return use(id);
  const narrow = cast({ id, dtype: DType.float32, shape: value.shape }, DType.bfloat16);
  const result = use(narrow.id);
  releaseNative(narrow.id);
  return result;
}

/** Copies nothing, unless a sparse op (`Resource…` on some rows) was ever run on the variable. */
function readNative({ id, dtype }: Variable): NativeTensor {
  return executeOp('ReadVariableOp', [attr.type('dtype', DType[dtype])], [id], 1)[0]!;
}

function assignNative({ id, dtype }: Variable, value: number): void {
  const attrs = [attr.type('dtype', DType[dtype]), attr.bool('validate_shape', false)];
  executeOp('AssignVariableOp', attrs, [id, value], 0);
}

function widen(value: NativeTensor): NativeTensor {
  const wide = cast(value, DType.float32);
  releaseNative(value.id);
  return wide;
}

function reshapeNative(value: NativeTensor, shape: readonly number[]): NativeTensor {
  const size = tf.tensor1d([...shape], 'int32');
  const attrs = [attr.type('T', value.dtype), attr.type('Tshape', DType.int32)];
  const [reshaped] = executeOp('Reshape', attrs, [value.id, nativeId(size)], 1);
  size.dispose();
  return reshaped!;
}

/** The same bits as another type of their width, without a copy. */
function bitcast(value: NativeTensor, to: number): NativeTensor {
  if (value.dtype === to) return value;
  return executeOp('Bitcast', [attr.type('T', value.dtype), attr.type('type', to)], [value.id], 1)[0]!;
}

function cast(value: NativeTensor, to: number): NativeTensor {
  return executeOp('Cast', [attr.type('SrcT', value.dtype), attr.type('DstT', to)], [value.id], 1)[0]!;
}

/** Frees a native tensor that no TensorFlow.js tensor wraps. Symbolic ones are freed with their graph. */
function releaseNative(id: number): void {
  if (id < SYMBOLIC) native.deleteTensor(id);
}

function checkShape(where: string, variable: Variable, value: Tensor): void {
  if (variable.shape.length === value.rank && variable.shape.every((size, axis) => size === value.shape[axis])) return;
  throw new RangeError(`${where}: value has shape [${value.shape}], the variable [${variable.shape}]`);
}
