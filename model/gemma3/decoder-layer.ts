import * as tf from '../tf.ts';
import type { Tensor, Tensor3D } from '../tf.ts';
import type { AttentionContext } from './attention-context.ts';
import type { ForwardLayer } from './adapter.ts';
import type { Gemma3Config } from './config.ts';
import { applyRope, gatedGelu, linear, rmsNorm, softmax } from './ops.ts';
import type { Matrix } from './ops.ts';

/** Keys and values of one layer. [B, K, S, H] each. */
export interface KeyValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * Takes the keys and values of the tokens at hand and gives those to attend to: the same ones without a cache, those in
 * the cache with one.
 */
export type KeyValueStore = (layer: number, fresh: KeyValues) => KeyValues;

/** Attention within the tokens at hand, as in training. */
export const withoutCache: KeyValueStore = (_layer, fresh) => fresh;

/** What becomes of a branch before it is added to the residual stream. `site` numbers the branches of a model. */
export type Dropout = (branch: Tensor, site: number) => Tensor;

/** Nothing, as outside training. */
export const withoutDropout: Dropout = (branch) => branch;

/**
 * One Gemma 3 decoder layer: attention and gated MLP, each normed before and after, each added back.
 *
 * @param x Residual stream. [B, T, D]
 * @returns The residual stream after this layer. [B, T, D]
 * @see Gemma 3 technical report, section 2 (arXiv 2503.19786)
 */
export function decoderLayer(
  weights: ForwardLayer,
  x: Tensor3D,
  context: AttentionContext,
  store: (fresh: KeyValues) => KeyValues,
  config: Gemma3Config,
  dropout: Dropout = withoutDropout,
): Tensor3D {
  const norm = (value: Tensor, weight: Tensor) => rmsNorm(value, weight, config.rmsNormEps);

  const attended = attention(weights, norm(x, weights.inputLayernorm), context, store, config);
  const h = tf.add(x, dropout(norm(attended, weights.postAttentionLayernorm), 0));
  const inner = norm(h, weights.preFeedforwardLayernorm);
  const gated = gatedGelu(linear(inner, weights.gateProj), linear(inner, weights.upProj)); // [B, T, F]
  return tf.add(h, dropout(norm(linear(gated, weights.downProj), weights.postFeedforwardLayernorm), 1));
}

function attention(
  weights: ForwardLayer,
  x: Tensor, // [B, T, D]
  { mask, cos, sin }: AttentionContext,
  store: (fresh: KeyValues) => KeyValues,
  config: Gemma3Config,
): Tensor {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, rmsNormEps, queryPreAttnScalar } = config;
  const [B, T] = x.shape as [number, number];
  const heads = (weight: Matrix, count: number) => tf.reshape(linear(x, weight), [B, T, count, H]);

  const q = applyRope(rmsNorm(heads(weights.qProj, N), weights.qNorm, rmsNormEps), cos, sin); // [B, T, N, H]
  const k = applyRope(rmsNorm(heads(weights.kProj, K), weights.kNorm, rmsNormEps), cos, sin); // [B, T, K, H]
  const { keys, values } = store({
    keys: tf.transpose(k, [0, 2, 1, 3]),
    values: tf.transpose(heads(weights.vProj, K), [0, 2, 1, 3]),
  }); // [B, K, S, H]

  // Query heads that share a key-value head are stacked along time, so keys and values are never copied or broadcast.
  const perKeyHead = tf.transpose(tf.reshape(q, [B, T, K, N / K, H]), [0, 2, 3, 1, 4]); // [B, K, N/K, T, H]
  const stacked = tf.mul(tf.reshape(perKeyHead, [B, K, (N / K) * T, H]), queryPreAttnScalar ** -0.5);

  const S = keys.shape[2]!;
  const scores = tf.reshape(tf.matMul(stacked, keys, false, true), [B, K, N / K, T, S]);
  const attentionWeights = softmax(tf.add(scores, mask)); // [B, K, N/K, T, S]
  const mixed = tf.matMul(tf.reshape(attentionWeights, [B, K, (N / K) * T, S]), values); // [B, K, N/K*T, H]

  const perToken = tf.transpose(tf.reshape(mixed, [B, K, N / K, T, H]), [0, 3, 1, 2, 4]); // [B, T, K, N/K, H]
  return linear(tf.reshape(perToken, [B, T, N * H]), weights.oProj);
}
