import type { Precision } from '../api/precision.ts';
import { attr, DType, native, SYMBOLIC, withBinding } from './native.ts';
import type { Attr, BindingOverride, GraphNode, GraphOutput, NativeArray, NativeTensor } from './native.ts';
import { opSignature } from './op-list.ts';

/** A function could not be traced; the message names the op and the reason. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

// A constant this small is copied into the graph: shape inference needs to see shapes, axes and the like.
const MAX_CONST_ELEMENTS = 4096;

interface Constant {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly values: NativeArray;
}

/** Order of effects on one resource: what later ops on it must wait for. */
interface Effects {
  lastWrite: number | undefined;
  readsSince: number[];
}

const MATRIX_PRODUCTS = new Set(['MatMul', 'BatchMatMulV2']);

/** Ops that only move the numbers of their first input (of all but the last one: `all`), and the attribute of their type. */
const MOVES: ReadonlyMap<string, { readonly type: string; readonly moves: 'first' | 'all' }> = new Map([
  ['Reshape', { type: 'T', moves: 'first' }],
  ['Transpose', { type: 'T', moves: 'first' }],
  ['Slice', { type: 'T', moves: 'first' }],
  ['GatherV2', { type: 'Tparams', moves: 'first' }],
  ['ConcatV2', { type: 'T', moves: 'all' }],
]);

/** An op that only moves numbers: what it was made of, so that it can be made again of narrower numbers. */
interface Move {
  readonly name: string;
  readonly attrs: readonly Attr[];
  readonly inputs: readonly number[];
}

/**
 * Stands in for the binding while a function runs once on symbolic tensors, and writes down the graph of what it did.
 *
 * Nothing is computed. Shapes come from TensorFlow's own shape inference. Tensors made outside the function become
 * inputs of the graph (captures), small ones made inside become constants. Ops on the same resource keep their order.
 */
export class Tracer implements BindingOverride {
  /** Real tensors the graph needs beside its arguments: id → input of the graph. */
  readonly captures = new Map<number, number>();
  /** Name of the TensorFlow.js kernel under way, for error messages. */
  kernel = '';

  readonly #label: string;
  readonly #precision: Precision;
  readonly #graph = native.graphCreate();
  readonly #outputs = new Map<number, GraphOutput>();
  readonly #constants = new Map<number, Constant>();
  readonly #constantOutputs = new Map<number, number>();
  readonly #variableShapes = new Map<number, readonly number[]>();
  readonly #effects = new Map<number, Effects>();
  readonly #statefulOps: number[] = [];
  // One cast of a value serves all its uses, and casting back and forth is no cast: keyed `output:dtype`.
  readonly #casts = new Map<string, number>();
  readonly #moves = new Map<number, Move>();
  readonly #doomed = new Set<number>();

  constructor(label: string, precision: Precision) {
    this.#label = label;
    this.#precision = precision;
  }

  /** Runs `body` with every call of the backend going into the graph. */
  trace<T>(body: () => T): T {
    return withBinding(this, body);
  }

  /** Adds an input of the graph. Variables are resources; `shape` is then that of the variable's value. */
  argument(dtype: number, shape: readonly number[]): NativeTensor {
    const attrs = [attr.type('dtype', dtype)];
    if (dtype !== DType.resource) attrs.push(attr.shape('shape', shape));
    const output = native.graphOp(this.#graph, 'Placeholder', attrs, [], []).outputs[0]!;
    this.#outputs.set(output.id, { ...output, shape: [...shape] });
    if (dtype === DType.resource) this.#variableShapes.set(output.id, shape);
    return { id: SYMBOLIC + output.id, dtype, shape };
  }

  /** Registers the graph with TensorFlow as the op `name`. */
  finish(name: string, argumentIds: readonly number[], resultIds: readonly number[]): void {
    const inputs = [...argumentIds.map((id) => id - SYMBOLIC), ...this.captures.values()];
    const seen = new Set<number>();
    const outputs = resultIds.map((id) => {
      const output = this.#outputOf(id);
      // A function may not return one value twice, nor an argument as it came.
      const distinct = seen.has(output) || inputs.includes(output) ? this.#identity(output) : output;
      seen.add(distinct);
      return distinct;
    });
    native.graphToFunction(this.#graph, name, inputs, outputs, this.#statefulOps);
  }

  /** Frees the graph, and the tensors that the traced function disposed of and the graph did not need. */
  close(): void {
    native.graphDelete(this.#graph);
    for (const id of this.#doomed) if (!this.captures.has(id)) native.deleteTensor(id);
  }

  createTensor(shape: number[], dtype: number, values: NativeArray | string[]): number {
    const id = native.createTensor(shape, dtype, values);
    if (!Array.isArray(values) && values.length <= MAX_CONST_ELEMENTS) {
      this.#constants.set(id, { shape: [...shape], dtype, values: values.slice() });
    }
    return id;
  }

  deleteTensor(id: number): void {
    if (id < SYMBOLIC) this.#doomed.add(id);
  }

  tensorDataSync(id: number): NativeArray {
    if (id < SYMBOLIC) return native.tensorDataSync(id);
    throw new TraceError(
      `compile(${this.#label}): ${this.kernel || 'the function'} reads the value of a tensor, and a traced tensor has ` +
        'none; use an op that does not (model/tensor/raw-ops.ts has gather), or run this part outside',
    );
  }

  executeOp(name: string, attrs: readonly Attr[], ids: readonly number[], count: number): NativeTensor[] {
    let inputs = ids.map((id) => this.#outputOf(id));
    const narrow =
      this.#precision === 'bfloat16' &&
      MATRIX_PRODUCTS.has(name) &&
      attrs.some(({ name, value }) => name === 'T' && value === DType.float32);
    if (name === 'Cast') return [this.#symbol(this.#cast(inputs[0]!, typeOf(attrs, 'DstT')))];
    if (narrow) inputs = inputs.map((input) => this.#cast(input, DType.bfloat16));
    const node = this.#node(name, narrow ? withType(attrs, DType.bfloat16) : attrs, inputs);
    const outputs = node.outputs.slice(0, count).map((output) => this.#shaped(name, output, inputs));
    if (MOVES.has(name)) this.#moves.set(outputs[0]!.id, { name, attrs, inputs });
    return outputs.map(({ id }) => this.#symbol(narrow ? this.#cast(id, DType.float32) : id));
  }

  /** Adds an op, after the ops on the same resources that it must wait for. */
  #node(name: string, attrs: readonly Attr[], inputs: readonly number[]): GraphNode {
    const signature = opSignature(name);
    const resources = inputs.filter((input) => this.#outputs.get(input)?.dtype === DType.resource);
    const isRead = name === 'ReadVariableOp';
    const waitFor = new Set<number>();
    for (const resource of resources) {
      const { lastWrite, readsSince } = this.#effectsOn(resource);
      if (lastWrite !== undefined) waitFor.add(lastWrite);
      if (!isRead) readsSince.forEach((op) => waitFor.add(op));
    }
    const node = native.graphOp(this.#graph, name, attrs, grouped(name, attrs, inputs), [...waitFor]);
    for (const resource of resources) {
      const effects = this.#effectsOn(resource);
      if (isRead) effects.readsSince.push(node.op);
      else Object.assign(effects, { lastWrite: node.op, readsSince: [] });
    }
    if (signature.stateful && !isRead) this.#statefulOps.push(node.op);
    return node;
  }

  #effectsOn(resource: number): Effects {
    let effects = this.#effects.get(resource);
    if (!effects) this.#effects.set(resource, (effects = { lastWrite: undefined, readsSince: [] }));
    return effects;
  }

  /** Records an output with its shape, which a traced function must know in full. */
  #shaped(name: string, output: GraphOutput, inputs: readonly number[]): GraphOutput {
    let { shape } = output;
    // TensorFlow cannot infer these: the handle of a variable does not carry its shape.
    const variable = this.#variableShapes.get(inputs[0]!);
    if (variable && name === 'ReadVariableOp') shape = [...variable];
    if (variable && shape) native.graphSetShape(this.#graph, output.id, shape);
    if (!shape || shape.some((size) => size < 0)) {
      throw new TraceError(
        `compile(${this.#label}): ${this.kernel || name} (${name}) gives a tensor of shape [${shape ?? 'unknown'}]; ` +
          'a traced function must know every shape in full, so its sizes may not depend on values',
      );
    }
    const known = { ...output, shape };
    this.#outputs.set(output.id, known);
    return known;
  }

  #symbol(output: number): NativeTensor {
    const { dtype, shape } = this.#outputs.get(output)!;
    return { id: SYMBOLIC + output, dtype, shape: shape! };
  }

  /** The graph's output for a tensor: a symbolic one, a constant, or a capture. */
  #outputOf(id: number): number {
    if (id >= SYMBOLIC) return id - SYMBOLIC;
    const constant = this.#constants.get(id);
    if (constant) {
      let output = this.#constantOutputs.get(id);
      if (output === undefined) {
        const node = native.graphConst(this.#graph, constant.shape, constant.dtype, constant.values);
        output = this.#shaped('Const', node.outputs[0]!, []).id;
        this.#constantOutputs.set(id, output);
      }
      return output;
    }
    let capture = this.captures.get(id);
    if (capture === undefined) {
      const { dtype, shape } = native.tensorInfo(id);
      if (dtype === DType.resource) {
        throw new TraceError(`compile(${this.#label}): a variable is used that is not an argument; pass it as one`);
      }
      capture = this.argument(dtype, shape).id - SYMBOLIC;
      this.captures.set(id, capture);
    }
    return capture;
  }

  #identity(output: number): number {
    const { dtype } = this.#outputs.get(output)!;
    const node = native.graphOp(this.#graph, 'Identity', [attr.type('T', dtype)], [output], []);
    return this.#shaped('Identity', node.outputs[0]!, []).id;
  }

  #cast(output: number, to: number): number {
    const { dtype: from } = this.#outputs.get(output)!;
    if (from === to) return output;
    const known = this.#casts.get(`${output}:${to}`);
    if (known !== undefined) return known;
    const move = this.#moves.get(output);
    const cast = to === DType.bfloat16 && move ? this.#moveNarrow(move) : this.#castNode(output, from, to);
    this.#rememberCast(output, cast);
    return cast;
  }

  #castNode(output: number, from: number, to: number): number {
    const attrs = [attr.type('SrcT', from), attr.type('DstT', to)];
    const node = native.graphOp(this.#graph, 'Cast', attrs, [output], []);
    return this.#shaped('Cast', node.outputs[0]!, [output]).id;
  }

  /** Narrows before a move instead of after it: half the bytes to move, and often the numbers were narrow before. */
  #moveNarrow({ name, attrs, inputs }: Move): number {
    const { type, moves } = MOVES.get(name)!;
    const count = moves === 'all' ? inputs.length - 1 : 1;
    const narrow = inputs.map((input, i) => (i < count ? this.#cast(input, DType.bfloat16) : input));
    const typed = attrs.map((each) => (each.name === type ? attr.type(type, DType.bfloat16) : each));
    const node = this.#node(name, typed, narrow);
    return this.#shaped(name, node.outputs[0]!, narrow).id;
  }

  #rememberCast(from: number, to: number): void {
    const source = this.#outputs.get(from)!.dtype;
    const target = this.#outputs.get(to)!.dtype;
    this.#casts.set(`${from}:${target}`, to);
    // Widening loses nothing, so narrowing the result again is the original.
    if (source === DType.bfloat16 && target === DType.float32) this.#casts.set(`${to}:${source}`, from);
  }
}

const typeOf = (attrs: readonly Attr[], name: string): number =>
  attrs.find((each) => each.name === name)!.value as number;

function withType(attrs: readonly Attr[], dtype: number): Attr[] {
  return attrs.map((each) => (each.name === 'T' ? attr.type('T', dtype) : each));
}

/** Groups a flat list of inputs by the op's signature: some inputs take a list of tensors. */
function grouped(name: string, attrs: readonly Attr[], inputs: readonly number[]): (number | number[])[] {
  const { inputs: expected } = opSignature(name);
  const singles = expected.filter(({ countAttr }) => countAttr === undefined).length;
  const lists = expected.length - singles;
  let at = 0;
  return expected.map(({ countAttr }) => {
    if (countAttr === undefined) return inputs[at++]!;
    const value = attrs.find((each) => each.name === countAttr)?.value;
    const count = Array.isArray(value) ? value.length : typeof value === 'number' ? value : undefined;
    const size = lists === 1 ? inputs.length - singles : count;
    if (size === undefined) throw new TraceError(`compile: ${name} takes several lists and lacks its '${countAttr}'`);
    return inputs.slice(at, (at += size));
  });
}
