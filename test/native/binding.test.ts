import { afterEach, describe, expect, test } from 'vitest';

import { attr, DType, native } from '../../model/tensor/native.ts';

/** Exported by the binding, used by nothing else yet. */
const { addFunction } = native as unknown as { addFunction(definition: Uint8Array): void };

const floats = (bytes: Uint8Array) => [...new Float32Array(bytes.buffer)];

const graphs: number[] = [];
function newGraph(): number {
  const graph = native.graphCreate();
  graphs.push(graph);
  return graph;
}
afterEach(() => graphs.splice(0).forEach((graph) => native.graphDelete(graph)));

/** A placeholder's output id. */
function placeholder(graph: number, shape: number[], dtype: number = DType.float32): number {
  const attrs = [attr.type('dtype', dtype), attr.shape('shape', shape)];
  return native.graphOp(graph, 'Placeholder', attrs, [], []).outputs[0]!.id;
}

describe('graphs', () => {
  test('shapes are inferred, nothing is computed', () => {
    const graph = newGraph();
    const a = placeholder(graph, [2, 3]);
    const b = placeholder(graph, [3, 5]);
    const { outputs } = native.graphOp(graph, 'MatMul', [attr.type('T', DType.float32)], [a, b], []);
    expect(outputs).toEqual([{ id: 2, dtype: DType.float32, shape: [2, 5] }]);
  });

  test('unknown shapes are null, unknown dimensions -1, and graphSetShape fills them in', () => {
    const graph = newGraph();
    const unknown = native.graphOp(graph, 'Placeholder', [attr.type('dtype', DType.float32)], [], []).outputs[0]!;
    expect(unknown.shape).toBeNull();
    const input = placeholder(graph, [-1, 3]);
    native.graphSetShape(graph, input, [4, 3]);
    expect(native.graphOp(graph, 'Neg', [attr.type('T', DType.float32)], [input], []).outputs[0]!.shape).toEqual([
      4, 3,
    ]);
    expect(() => native.graphSetShape(graph, input, [5, 3])).toThrow(/must be equal, but are 4 and 5/);
  });

  test('two graphs do not know each other', () => {
    const one = newGraph();
    placeholder(one, [1]);
    const two = newGraph();
    expect(() => native.graphOp(two, 'Neg', [attr.type('T', DType.float32)], [0], [])).toThrow(
      'graphOp: there is no output 0, this graph has 0',
    );
  });

  test('a deleted graph is gone', () => {
    const graph = native.graphCreate();
    native.graphDelete(graph);
    expect(() => native.graphSetShape(graph, 0, [])).toThrow(`graphSetShape: there is no graph ${graph}`);
  });
});

describe('functions', () => {
  /** x ↦ x + 1, and stack([x, x]). */
  function register(name: string): Uint8Array {
    const graph = newGraph();
    const x = placeholder(graph, [2]);
    const one = native.graphConst(graph, [], DType.float32, new Float32Array([1])).outputs[0]!.id;
    const type = attr.type('T', DType.float32);
    const sum = native.graphOp(graph, 'AddV2', [type], [x, one], []).outputs[0]!.id;
    const twice = native.graphOp(graph, 'Pack', [type, attr.int('N', 2), attr.int('axis', 0)], [[x, x]], []);
    return native.graphToFunction(graph, name, [x], [sum, twice.outputs[0]!.id], []);
  }

  /** Reads and frees. */
  function take(id: number): number[] {
    const values = floats(native.readRawTensor(id));
    native.deleteTensor(id);
    return values;
  }

  test('run as one op, also from their serialized form', () => {
    const definition = register('plus-one');
    const x = native.createRawTensor([2], DType.float32, new Float32Array([3, 4]));
    const run = () => native.executeOp('plus-one', [], [x], 2).map(({ id }) => take(id));
    expect(run()).toEqual([
      [4, 5],
      [3, 4, 3, 4],
    ]);
    native.removeFunction('plus-one');
    expect(run).toThrow(/plus-one/);
    addFunction(definition);
    expect(run()).toEqual([
      [4, 5],
      [3, 4, 3, 4],
    ]);
    native.removeFunction('plus-one');
    native.deleteTensor(x);
  });

  test('writes to variables can be made part of a function', () => {
    const handle = native.executeOp(
      'VarHandleOp',
      [attr.type('dtype', DType.float32), attr.shape('shape', [2]), attr.string('shared_name', 'binding-test')],
      [],
      1,
    )[0]!.id;
    const graph = newGraph();
    const resource = placeholder(graph, [], DType.resource);
    const value = native.graphConst(graph, [2], DType.float32, new Float32Array([6, 7])).outputs[0]!.id;
    const dtype = attr.type('dtype', DType.float32);
    const { op } = native.graphOp(graph, 'AssignVariableOp', [dtype], [resource, value], []);
    const definition = native.graphToFunction(graph, 'assign', [resource], [], [op]);
    // Of a control output the name stands at the node, in the signature, and as key and value in the map `control_ret`.
    expect(Buffer.from(definition).toString('latin1').split('AssignVariableOp_2').length - 1).toBe(4);
    native.executeOp('assign', [], [handle], 0);
    expect(take(native.executeOp('ReadVariableOp', [dtype], [handle], 1)[0]!.id)).toEqual([6, 7]);
    native.executeOp('DestroyResourceOp', [], [handle], 0);
    native.deleteTensor(handle);
    native.removeFunction('assign');
  });

  test('executeOp takes serialized messages as attributes', () => {
    register('with-config');
    const x = native.createRawTensor([2], DType.float32, new Float32Array([3, 4]));
    // ConfigProto { inter_op_parallelism_threads: 200 }: bytes that are no UTF-8.
    const config = attr.string('config_proto', new Uint8Array([0x28, 0xc8, 0x01]));
    expect(native.executeOp('with-config', [config], [x], 2).map(({ id }) => take(id))[0]).toEqual([4, 5]);
    const broken = attr.string('config_proto', new Uint8Array([0x28, 0xff]));
    expect(() => native.executeOp('with-config', [broken], [x], 2)).toThrow(/config_proto/);
    native.removeFunction('with-config');
    native.deleteTensor(x);
  });
});

describe('tensors of any type', () => {
  test('bytes come back as they went in, copied', () => {
    const bytes = new Uint8Array([0x80, 0x3f, 0x00, 0x40]); // 1 and 2 in bfloat16
    const id = native.createRawTensor([2, 1], DType.bfloat16, bytes);
    bytes.fill(0);
    expect(native.tensorInfo(id)).toEqual({ dtype: DType.bfloat16, shape: [2, 1] });
    expect([...native.readRawTensor(id)]).toEqual([0x80, 0x3f, 0x00, 0x40]);
    native.deleteTensor(id);
    expect(() => native.readRawTensor(id)).toThrow(`readRawTensor: there is no tensor ${id}`);
  });

  test('the number of bytes must follow from shape and type', () => {
    const create = (shape: number[], dtype: number, bytes: number) => () =>
      native.createRawTensor(shape, dtype, new Uint8Array(bytes));
    expect(create([2, 2], DType.bfloat16, 7)).toThrow('values have 7 bytes, expected 8 for shape [2,2] and dtype 14');
    expect(create([2, -1], DType.float32, 8)).toThrow('shape is [2,-1], expected no negative dimension');
    expect(create([2 ** 40, 2 ** 40], DType.float32, 8)).toThrow('which no memory can hold');
    expect(create([1], DType.resource, 8)).toThrow('dtype 20 has no elements of fixed size');
  });

  test('values of the wrong kind are told apart', () => {
    const create = native.createRawTensor as (...args: unknown[]) => number;
    expect(() => create('2', DType.int32, new Int32Array(2))).toThrow(
      new TypeError('createRawTensor: shape is a string, expected an array'),
    );
    expect(() => create([2.5], DType.int32, new Int32Array(2))).toThrow('an element of shape is 2.500000');
    expect(() => create([2], DType.int32)).toThrow(
      new TypeError('createRawTensor: values is undefined, expected a typed array'),
    );
  });
});

test('allOps names the ops of TensorFlow', () => {
  expect(Buffer.from(native.allOps()).includes('ResourceApplyAdam')).toBe(true);
});
