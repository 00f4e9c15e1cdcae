import { isGlobalLayer } from '../gemma3/config.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { KeyValueStore } from '../gemma3/decoder-layer.ts';
import { gather } from '../tensor/raw-ops.ts';
import { assignVariable, disposeVariable, readVariable, scatterToVariable, zeroVariable } from '../tensor/variable.ts';
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

/** Makes an empty cache for `rows` texts of up to `tokens` tokens each. */
export function createCache(config: Gemma3Config, rows: number, tokens: number): KeyValueCache {
  const slots = cacheSlots(config, tokens);
  const variable = (index: number) => {
    const count = isGlobalLayer(config, index) ? slots.global : slots.local;
    return zeroVariable([rows, config.numKeyValueHeads, count, config.headDim]);
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
  const bytes = ({ shape }: Variable) => 4 * shape.reduce((product, size) => product * size, 1);
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

/**
 * Prefill: attention among the prompt's own tokens, whose last keys and values then fill the cache.
 *
 * @param lengths Tokens of each prompt. [P]
 * @param prompts For each row of the cache, the prompt it continues: samples of one prompt share its prefill. [B]
 */
export function prefillStore(cache: KeyValueCache, lengths: Tensor1D, prompts: Tensor1D): KeyValueStore {
  const last = tf.sub(lengths, int(1));
  return (layer, fresh) => {
    const { keys, values } = cache.layers[layer]!;
    const slots = keys.shape[2]!;
    const wanted = tf.maximum(slotPositions(last as Tensor1D, slots), int(0)); // [P, slots]
    const fill = (variable: Variable, fresh: Tensor) => {
      const byTime = tf.transpose(fresh, [0, 2, 1, 3]); // [P, T, K, H]
      const ring = tf.transpose(gather(byTime, wanted, 1, 1), [0, 2, 1, 3]); // [P, K, slots, H]
      assignVariable(variable, gather(ring, prompts, 0));
    };
    fill(keys, fresh.keys);
    fill(values, fresh.values);
    return fresh;
  };
}

/** Decoding: each row's one new token goes into its slot, and attention is to the whole cache. positions [B] */
export function decodeStore(cache: KeyValueCache, positions: Tensor1D): KeyValueStore {
  return (layer, fresh) => {
    const { keys, values } = cache.layers[layer]!;
    const [B, K, slots] = keys.shape as [number, number, number];
    const index = tf.stack(
      [
        broadcast(tf.reshape(tf.range(0, B, 1, 'int32'), [B, 1]), [B, K]),
        broadcast(tf.reshape(tf.range(0, K, 1, 'int32'), [1, K]), [B, K]),
        broadcast(tf.reshape(tf.mod(positions, int(slots)), [B, 1]), [B, K]),
      ],
      2,
    ); // [B, K, 3]
    const put = (variable: Variable, fresh: Tensor): Tensor => {
      scatterToVariable(variable, index, tf.squeeze(fresh, [2]));
      return readVariable(variable);
    };
    return { keys: put(keys, fresh.keys), values: put(values, fresh.values) };
  };
}

const int = (value: number) => tf.scalar(value, 'int32');

const broadcast = (x: Tensor, shape: [number, number]): Tensor => tf.broadcastTo(x, shape);
