import * as tf from '../tf.ts';
import type { Tensor, Tensor2D } from '../tf.ts';
import type { Gemma3Config } from './config.ts';

/** What a layer needs beside its weights. Layers of one kind share one. */
export interface AttentionContext {
  /** Added to the attention scores: 0 where a token may look, `MASKED` where not. [B, 1, 1, T, S] */
  readonly mask: Tensor;
  /** RoPE tables for this kind of layer. [B, T, 1, H/2] */
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** The two kinds of layer: local ones look back over a window, global ones over everything. */
export interface AttentionContexts {
  readonly local: AttentionContext;
  readonly global: AttentionContext;
}

/** Score of a forbidden position. Finite, so that a fully masked row gives a uniform softmax and not NaN. */
export const MASKED = -1e30;

/** Where each token of a packed batch stands. All [B, T], int32. */
export interface TokenLayout {
  /** Place in its own text, from 0; what RoPE and the window go by. */
  readonly positions: Tensor2D;
  /** Tokens see only tokens with the same number. Padding has one of its own (-1). */
  readonly sequences: Tensor2D;
  /** 0 for a prompt, 1, 2, … for the completions that share it: these see the prompt and themselves. */
  readonly branches: Tensor2D;
}

/** Contexts for tokens that see each other, without a cache: T = S. */
export function packedContexts(layout: TokenLayout, config: Gemma3Config): AttentionContexts {
  const { positions, sequences, branches } = layout;
  const [B, T] = positions.shape;
  const query = (x: Tensor2D) => tf.reshape(x, [B, T, 1]);
  const key = (x: Tensor2D) => tf.reshape(x, [B, 1, T]);
  const index = tf.range(0, T, 1, 'int32');
  const causal = tf.lessEqual(tf.reshape(index, [1, 1, T]), tf.reshape(index, [1, T, 1])); // [1, T, T]
  const sameSequence = tf.equal(query(sequences), key(sequences));
  const visibleBranch = tf.logicalOr(tf.equal(key(branches), 0), tf.equal(query(branches), key(branches)));
  const visible = tf.logicalAnd(causal, tf.logicalAnd(sameSequence, visibleBranch)); // [B, T, T]
  const near = tf.less(tf.sub(query(positions), key(positions)), config.slidingWindow);
  return contexts(positions, tf.logicalAnd(visible, near), visible, config);
}

/**
 * Contexts for tokens whose keys lie in caches.
 *
 * @param positions Places of the query tokens. [B, T]
 * @param localKeys Place of the token in each slot of a local layer's cache, negative for an empty slot. [B, R]
 * @param globalKeys The same for a global layer's cache. [B, S]
 */
export function cachedContexts(
  positions: Tensor2D,
  localKeys: Tensor2D,
  globalKeys: Tensor2D,
  config: Gemma3Config,
): AttentionContexts {
  const query = tf.expandDims(positions, 2); // [B, T, 1]
  const seen = (keys: Tensor2D): Tensor => {
    const key = tf.expandDims(keys, 1); // [B, 1, S]
    return tf.logicalAnd(tf.greaterEqual(key, 0), tf.lessEqual(key, query));
  };
  const near = tf.less(tf.sub(query, tf.expandDims(localKeys, 1)), config.slidingWindow);
  return contexts(positions, tf.logicalAnd(seen(localKeys), near), seen(globalKeys), config);
}

function contexts(positions: Tensor2D, local: Tensor, global: Tensor, config: Gemma3Config): AttentionContexts {
  const { ropeLocalBaseFreq, ropeTheta, ropeScalingFactor } = config;
  return {
    local: { mask: additive(local), ...ropeTables(positions, ropeLocalBaseFreq, 1, config.headDim) },
    global: { mask: additive(global), ...ropeTables(positions, ropeTheta, ropeScalingFactor, config.headDim) },
  };
}

/** [B, T, S] of booleans → [B, 1, 1, T, S] of 0 and `MASKED`. */
function additive(visible: Tensor): Tensor {
  const [B, T, S] = visible.shape as [number, number, number];
  return tf.reshape(tf.mul(tf.cast(tf.logicalNot(visible), 'float32'), MASKED), [B, 1, 1, T, S]);
}

/** Angle of pair j at position p: p / factor · base^(−2j/H). */
function ropeTables(positions: Tensor2D, base: number, factor: number, headDim: number): { cos: Tensor; sin: Tensor } {
  const [B, T] = positions.shape;
  const frequencies = Float32Array.from({ length: headDim / 2 }, (_, j) => base ** ((-2 * j) / headDim) / factor);
  const angles = tf.mul(tf.reshape(tf.cast(positions, 'float32'), [B, T, 1, 1]), tf.tensor1d(frequencies));
  return { cos: tf.cos(angles), sin: tf.sin(angles) };
}
