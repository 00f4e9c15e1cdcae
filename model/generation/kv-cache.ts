import { isGlobalLayer } from '../gemma3/config.ts';
import type { Precision } from '../api/precision.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { KeyValues, KeyValueStore } from '../gemma3/decoder-layer.ts';
import { compile } from '../tensor/compile.ts';
import { gather } from '../tensor/raw-ops.ts';
import { assignVariable, disposeVariable, readVariable, replaceRows, zeroVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D, Tensor2D } from '../tf.ts';

/**
 * Keys and values of the tokens seen so far, for each layer a pair of variables [B, K, slots, H].
 *
 * Every layer's cache is a ring: the token at position p lies in slot p mod slots. A local layer needs no more slots
 * than its window, a global layer one for each position.
 */
export interface KeyValueCache {
  readonly layers: readonly LayerCache[];
}

export interface LayerCache {
  readonly keys: Variable;
  readonly values: Variable;
}

/** Slots of a local and of a global layer for texts of up to `tokens` tokens. */
export function cacheSlots(config: Gemma3Config, tokens: number): { local: number; global: number } {
  return { local: Math.min(tokens, config.slidingWindow), global: tokens };
}

/**
 * Makes an empty cache for `rows` texts of up to `tokens` tokens each. Keys and values only enter matrix products, so
 * that they are kept in the type of these.
 */
export function createCache(config: Gemma3Config, rows: number, tokens: number, precision: Precision): KeyValueCache {
  const slots = cacheSlots(config, tokens);
  const variable = (index: number) => {
    const count = isGlobalLayer(config, index) ? slots.global : slots.local;
    return zeroVariable([rows, config.numKeyValueHeads, count, config.headDim], precision);
  };
  return {
    layers: Array.from({ length: config.numHiddenLayers }, (_, index) => ({
      keys: variable(index),
      values: variable(index),
    })),
  };
}

/** Bytes the cache's variables take on the device. */
export function cacheBytes(cache: KeyValueCache): number {
  const bytes = ({ shape, dtype }: Variable) =>
    (dtype === 'bfloat16' ? 2 : 4) * shape.reduce((product, size) => product * size, 1);
  return cache.layers.reduce((sum, { keys, values }) => sum + bytes(keys) + bytes(values), 0);
}

export function disposeCache(cache: KeyValueCache): void {
  for (const { keys, values } of cache.layers) [keys, values].forEach(disposeVariable);
}

/**
 * Position held by each slot of a ring once the tokens up to position `last` are in: the latest p ≤ last with
 * p mod slots = slot. Negative for a slot not yet written. last [B] → [B, slots]
 */
export function slotPositions(last: Tensor1D, slots: number): Tensor2D {
  const end = tf.expandDims(last, 1); // [B, 1]
  const slot = tf.reshape(tf.range(0, slots, 1, 'int32'), [1, slots]);
  // FloorMod: the remainder is never negative.
  return tf.sub(end, tf.mod(tf.sub(end, slot), int(slots)));
}

/** Tokens that texts begin with, read already. */
export interface Prefix {
  /** Tokens */
  readonly length: number;
  /** One row, in the order of positions and not a ring: local layers hold the last window of them. */
  readonly cache: KeyValueCache;
}

/** Before the first token. */
export const NO_PREFIX: Prefix = { length: 0, cache: { layers: [] } };

/** Which rows of a cache are filled, and by which prompt: samples of one prompt share its prefill. */
export interface CacheEntries {
  /** [E] */
  readonly rows: Tensor1D;
  /** Index into the prompts at hand. [E] */
  readonly prompts: Tensor1D;
}

/**
 * Prefill: attention is to a prefix and among the prompts' own tokens after it, and the last of all these fill rows of
 * the cache.
 *
 * @param lengths Tokens of each prompt after the prefix, one at least. [P]
 */
export function prefillStore(
  cache: KeyValueCache,
  prefix: Prefix,
  lengths: Tensor1D,
  entries: CacheEntries,
): KeyValueStore {
  const last = tf.add(lengths, int(prefix.length - 1)) as Tensor1D; // [P]
  const placesIn = onceFor((slots) => {
    const first = prefix.length - Math.min(prefix.length, slots); // position of the first token that the prefix holds
    return tf.maximum(tf.sub(slotPositions(last, slots), int(first)), int(0));
  }); // [P, slots] of the S + T tokens at hand
  return joining(prefix, (layer, { keys, values }) => {
    const fill = (variable: Variable, all: Tensor) => {
      const byTime = tf.transpose(all, [0, 2, 1, 3]); // [P, S + T, K, H]
      const ring = tf.transpose(gather(byTime, placesIn(variable.shape[2]!), 1, 1), [0, 2, 1, 3]); // [P, K, slots, H]
      replaceRows(variable, entries.rows, gather(ring, entries.prompts, 0));
    };
    fill(cache.layers[layer]!.keys, keys);
    fill(cache.layers[layer]!.values, values);
  });
}

/** Reading on: attention is to a prefix and among the tokens after it, and the last of all these make a longer one. */
export function readOnStore(prefix: Prefix, longer: KeyValueCache): KeyValueStore {
  return joining(prefix, (layer, { keys, values }) => {
    const keepLast = (variable: Variable, all: Tensor) => {
      const dropped = all.shape[2]! - variable.shape[2]!;
      assignVariable(variable, tf.slice(all, [0, 0, dropped, 0], [...variable.shape]));
    };
    keepLast(longer.layers[layer]!.keys, keys);
    keepLast(longer.layers[layer]!.values, values);
  });
}

/** Puts the keys and values of a prefix before those of each text's own tokens. [P, K, T, H] → [P, K, S + T, H] */
function joining({ cache }: Prefix, keep: (layer: number, all: KeyValues) => void): KeyValueStore {
  const join = (before: Variable, fresh: Tensor): Tensor =>
    tf.concat([tf.broadcastTo(readVariable(before), [fresh.shape[0]!, ...before.shape.slice(1)]), fresh], 2);
  return (layer, fresh) => {
    const before = cache.layers[layer]; // none before the first token
    const all = before ? { keys: join(before.keys, fresh.keys), values: join(before.values, fresh.values) } : fresh;
    keep(layer, all);
    return all;
  };
}

/** Decoding: each row's one new token goes into its slot, and attention is to the whole cache. positions [B] */
export function decodeStore(cache: KeyValueCache, positions: Tensor1D): KeyValueStore {
  const [B, K] = cache.layers[0]!.keys.shape as [number, number];
  const heads = tf.reshape(tf.range(0, B * K, 1, 'int32'), [B, K]);
  const placesIn = onceFor((slots) => {
    const slot = tf.reshape(tf.mod(positions, int(slots)), [B, 1]);
    return tf.reshape(tf.add(tf.mul(heads, int(slots)), slot), [-1]);
  }); // [B * K] of the B * K * slots
  return (layer, fresh) => {
    const put = (variable: Variable, fresh: Tensor): Tensor =>
      replaceRows(variable, placesIn(variable.shape[2]!), tf.reshape(fresh, [B * K, -1]));
    const { keys, values } = cache.layers[layer]!;
    return { keys: put(keys, fresh.keys), values: put(values, fresh.values) };
  };
}

/** Makes the function that moves `rows` [n] of a cache to a cache of n rows. */
export function createCacheMove() {
  return compile('move_cache', (from: KeyValueCache, to: KeyValueCache, rows: Tensor1D) => {
    const move = (source: Variable, target: Variable) => assignVariable(target, gather(readVariable(source), rows, 0));
    from.layers.forEach(({ keys, values }, layer) => {
      move(keys, to.layers[layer]!.keys);
      move(values, to.layers[layer]!.values);
    });
    return tf.scalar(0);
  });
}

/** Local and global layers have caches of two sizes: what depends on the size alone is made once for each. */
function onceFor(make: (slots: number) => Tensor): (slots: number) => Tensor {
  const made = new Map<number, Tensor>();
  return (slots) => {
    if (!made.has(slots)) made.set(slots, make(slots));
    return made.get(slots)!;
  };
}

const int = (value: number) => tf.scalar(value, 'int32');
