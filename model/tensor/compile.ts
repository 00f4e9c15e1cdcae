import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';

import type { Traced } from '../api/engine.ts';
import type { Precision } from '../api/precision.ts';
import { DType, executeOp, isTracing, native, nativeId, wrap } from './native.ts';
import { TraceError, Tracer } from './tracer.ts';
import { flatten, mapLeaves } from './tree.ts';
import type { Leaf } from './tree.ts';
import { Variable } from './variable.ts';

export interface CompileOptions {
  /** Of matrix products; all else stays float32. Default float32. */
  readonly precision?: Precision;
}

/** A function that runs as one TensorFlow op. */
export interface Compiled<Args extends readonly unknown[], Result> {
  (...args: Args): Result;
  /** How often it was traced: once for each combination of shapes and of arguments that are not tensors. */
  traceCount(): number;
  /** Removes its graphs from TensorFlow. */
  dispose(): void;
}

let hearTraced: (traced: Traced) => void = () => {};

/** From now on, all of the process's traces are told to `listener` alone. */
export function onTraced(listener: (traced: Traced) => void): void {
  hearTraced = listener;
}

interface Trace {
  readonly op: string;
  readonly captures: readonly number[];
  readonly outputs: number;
  /** The function's result with the index of an output in place of each tensor. */
  readonly result: unknown;
}

/** Stands for output number `index` in a traced result. */
class OutputIndex {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

let functions = 0;

/**
 * Turns ordinary TensorFlow.js code, gradients included, into one TensorFlow function for each shape it is called with.
 *
 *     const step = compile('step', (weights: Weights, ids: Tensor2D) => ({ loss: lossOf(weights, ids) }));
 *     const { loss } = step(weights, ids);
 *
 * Arguments and result are tensors, variables, and plain arrays and objects of them; numbers, strings and the like in
 * the arguments are fixed in the trace. Variables that the function reads or writes must be arguments. Called inside
 * another compiled function, it becomes part of that one. The function may run any number of times while it is traced,
 * so it must have no effect but on variables.
 *
 * @throws TraceError naming the op, when the function reads a tensor's value or a shape depends on one.
 */
export function compile<Args extends readonly unknown[], Result>(
  name: string,
  fn: (...args: Args) => Result,
  options: CompileOptions = {},
): Compiled<Args, Result> {
  const traces = new Map<string, Trace>();

  const call = (...args: Args): Result => {
    if (isTracing()) return fn(...args);
    const { leaves, key } = flatten(args);
    let trace = traces.get(key);
    if (!trace) {
      const start = performance.now();
      traces.set(key, (trace = traceOnce(name, fn, args, options.precision ?? 'float32')));
      hearTraced({ name, shapes: traces.size, milliseconds: performance.now() - start });
    }
    const inputs = [...leaves.map(leafId), ...trace.captures];
    const outputs = executeOp(trace.op, [], inputs, trace.outputs).map(wrap);
    return mapOutputs(trace.result, outputs) as Result;
  };

  return Object.assign(call, {
    traceCount: () => traces.size,
    dispose: () => {
      for (const { op, captures } of traces.values()) {
        native.removeFunction(op);
        captures.forEach((id) => native.deleteTensor(id));
      }
      traces.clear();
    },
  });
}

function traceOnce<Args extends readonly unknown[]>(
  name: string,
  fn: (...args: Args) => unknown,
  args: Args,
  precision: Precision,
): Trace {
  const tracer = new Tracer(name, precision);
  const op = `${name.replace(/\W/g, '_')}_${functions++}`;
  const argumentIds: number[] = [];
  const resultIds: number[] = [];
  try {
    let result: unknown;
    tracer.trace(() =>
      withKernelNames(tracer, () =>
        tf.tidy(() => {
          const symbolic = mapLeaves(args, (leaf) => {
            const argument = tracer.argument(nativeType(leaf), leaf.shape);
            argumentIds.push(argument.id);
            return leaf instanceof Variable ? new Variable(argument.id, leaf.shape, leaf.dtype) : wrap(argument);
          }) as unknown as Args;
          const returned = fn(...symbolic);
          if (returned instanceof Promise) {
            throw new TraceError(`compile(${name}): the function is asynchronous; a trace runs it once, start to end`);
          }
          result = mapLeaves(returned, (leaf) => new OutputIndex(resultIds.push(leafId(leaf)) - 1));
        }),
      ),
    );
    tracer.finish(op, argumentIds, resultIds);
    return { op, captures: [...tracer.captures.keys()], outputs: resultIds.length, result };
  } finally {
    tracer.close();
  }
}

const leafId = (leaf: Leaf): number => (leaf instanceof Variable ? leaf.id : nativeId(leaf));

function nativeType(leaf: Leaf): number {
  if (leaf instanceof Variable) return DType.resource;
  const { dtype } = leaf;
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return DType[dtype];
  throw new TypeError(`compile: a tensor of type ${dtype} cannot be an argument; use float32, int32 or bool`);
}

function mapOutputs(result: unknown, outputs: readonly Tensor[]): unknown {
  if (result instanceof OutputIndex) return outputs[result.index];
  if (Array.isArray(result)) return result.map((item) => mapOutputs(item, outputs));
  if (typeof result !== 'object' || result === null) return result;
  return Object.fromEntries(Object.entries(result).map(([key, item]) => [key, mapOutputs(item, outputs)]));
}

/** Tells the tracer which TensorFlow.js kernel is at work, so that its errors can name it. */
function withKernelNames<T>(tracer: Tracer, body: () => T): T {
  const engine = tf.engine();
  const runKernel = engine.runKernel;
  engine.runKernel = function (kernelName, ...rest) {
    tracer.kernel = kernelName;
    return runKernel.call(engine, kernelName, ...rest) as ReturnType<typeof runKernel>;
  } as typeof runKernel;
  try {
    return body();
  } finally {
    engine.runKernel = runKernel;
  }
}
