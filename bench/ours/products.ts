import type { Gemma3Config } from '../../model/gemma3/config.ts';
import { attr, DType, executeOp, native, nativeId } from '../../model/tensor/native.ts';
import type { Precision } from '../../model/api/precision.ts';
import * as tf from '../../model/tf.ts';

/** One product of matrices: [batch, m, k] × [batch, k, n]. The right side may lie transposed, as a weight or keys do. */
interface Product {
  readonly batch?: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** How each side lies in memory: as it is, or with its last two axes swapped. */
  readonly swapped?: readonly [left: boolean, right: boolean];
  /** Products of equal shape and equal `owner` share their operands; others read memory of their own. */
  readonly owner?: number;
}

/** Products of the layers' forward pass for `rows` texts of `tokens` new tokens that see `keys` keys each. */
function layerForward(config: Gemma3Config, rows: number, tokens: number, keys: number): Product[] {
  const { hiddenSize: D, intermediateSize: F, numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const m = rows * tokens;
  const weight = (k: number, n: number): Product => ({ m, k, n, swapped: [false, true] });
  const queries = (N / K) * tokens;
  return [
    ...[weight(D, N * H), weight(D, K * H), weight(D, K * H)],
    { batch: rows * K, m: queries, k: H, n: keys, swapped: [false, true] },
    { batch: rows * K, m: queries, k: keys, n: H },
    ...[weight(N * H, D), weight(D, F), weight(D, F), weight(F, D)],
  ];
}

/** The two products that give the gradients of a product's sides. */
function gradientsOf({ batch, m, k, n }: Product): Product[] {
  const shared = batch === undefined ? {} : { batch };
  return [
    { ...shared, m, k: n, n: k },
    { ...shared, m: n, k: m, n: k, swapped: [true, false] },
  ];
}

/** All products of a training step on `rows` texts of `tokens` tokens, `targets` of which carry a loss. */
export function trainingProducts(config: Gemma3Config, rows: number, tokens: number, targets: number): Product[] {
  const layer = layerForward(config, rows, tokens, tokens);
  const layers = Array.from({ length: config.numHiddenLayers }, () => layer).flat();
  // Logits in pieces: the whole would not fit the caches, and is slower.
  const pieces = Array.from({ length: Math.ceil(targets / 128) }, (_, i): Product => {
    return { m: Math.min(128, targets - i * 128), k: config.hiddenSize, n: config.vocabSize, swapped: [false, true] };
  });
  return [...layers, ...pieces].flatMap((product) => [product, ...gradientsOf(product)]);
}

/** All products of one decoding step of `rows` texts whose cache holds `keys` tokens. */
export function decodeProducts(config: Gemma3Config, rows: number, keys: number): Product[] {
  // Reading the weights is most of the work here: each layer has its own.
  const layers = Array.from({ length: config.numHiddenLayers }, (_, owner) =>
    layerForward(config, rows, 1, keys).map((product) => ({ ...product, owner })),
  ).flat();
  return [...layers, { m: rows, k: config.hiddenSize, n: config.vocabSize, swapped: [false, true] }];
}

/**
 * Makes the operands of products, in the type they are multiplied in.
 *
 * @returns A function that does all products once, one after the other, and gives the seconds.
 */
export function prepare(products: readonly Product[], precision: Precision): () => number {
  const dtype = DType[precision];
  const operands = new Map<string, readonly [number, number]>();
  const jobs = products.map((product) => {
    const key = JSON.stringify(product);
    const pair = operands.get(key) ?? ([make(product, 0, dtype), make(product, 1, dtype)] as const);
    operands.set(key, pair);
    return { product, pair };
  });
  return () => {
    const start = performance.now();
    for (const { product, pair } of jobs) native.deleteTensor(multiply(product, pair, dtype));
    return (performance.now() - start) / 1000;
  };
}

function make({ batch, m, k, n, swapped = [false, false] }: Product, side: 0 | 1, dtype: number): number {
  const [rows, columns] = side === 0 ? [m, k] : [k, n];
  const matrix = swapped[side] ? [columns, rows] : [rows, columns];
  return tf.tidy(() => {
    const values = tf.fill([...(batch === undefined ? [] : [batch]), ...matrix], 0.01);
    const attrs = [attr.type('SrcT', DType.float32), attr.type('DstT', dtype), attr.bool('Truncate', false)];
    return executeOp('Cast', attrs, [nativeId(values)], 1)[0]!.id;
  });
}

function multiply({ batch, swapped = [false, false] }: Product, pair: readonly number[], dtype: number): number {
  const [left, right] = swapped;
  const attrs =
    batch === undefined
      ? [attr.type('T', dtype), attr.bool('transpose_a', left), attr.bool('transpose_b', right)]
      : [attr.type('T', dtype), attr.bool('adj_x', left), attr.bool('adj_y', right)];
  return executeOp(batch === undefined ? 'MatMul' : 'BatchMatMulV2', attrs, pair, 1)[0]!.id;
}
