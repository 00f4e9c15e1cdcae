import type { SamplingOptions } from '../api/generation.ts';
import { gather, topK, wrapOp } from '../tensor/raw-ops.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '../tf.ts';

/** How a token is drawn. When to stop is left out: each value in it would be a graph to be traced. */
export type TokenChoice = Omit<SamplingOptions, 'maxTokens'>;

export interface Sampled {
  /** [B] int32 */
  readonly tokens: Tensor1D;
  /** Nats, under softmax(logits / temperature) over all tokens; at temperature 1 when greedy. [B] */
  readonly logProbs: Tensor1D;
}

/**
 * Draws one token for each row of logits, by inverting the cumulative distribution at a uniform number.
 *
 * The logits never leave the device; one number for each row goes in and two come out, so that a row's token depends on
 * nothing but its own logits and its own number.
 *
 * @param logits [B, V]
 * @param uniforms One number in [0, 1) for each row; not used when greedy. [B]
 */
export function sampleTokens(logits: Tensor2D, uniforms: Tensor1D, options: TokenChoice): Sampled {
  const { temperature, topK: k, topP } = options;
  const greedy = temperature === 0;
  const scaled: Tensor2D = greedy || temperature === 1 ? logits : tf.div(logits, temperature);
  const weights: Tensor2D = tf.softmax(scaled); // of all tokens
  const blocks = inBlocks(weights);
  const cumulative: Tensor2D = tf.cumsum(tf.sum(blocks, 2), 1); // [B, blocks]
  const tokens = greedy
    ? argMax(scaled)
    : k === 0 && topP === 1
      ? invertBlocks(blocks, cumulative, uniforms)
      : drawAmongBest(weights, uniforms, k === 0 ? weights.shape[1] : k, topP);
  // From the weights, not from the logits: these are no longer needed then, and their memory serves for the weights.
  return { tokens, logProbs: tf.sub(tf.log(at(weights, tokens)), tf.log(lastOf(cumulative))) };
}

/** Draws among the k most likely tokens, and of these within the nucleus. */
function drawAmongBest(weights: Tensor2D, uniforms: Tensor1D, k: number, topP: number): Tensor1D {
  const { values, indices } = topK(weights, Math.min(k, weights.shape[1])); // [B, k], descending
  const kept = topP === 1 ? values : withinNucleus(values, topP);
  return gather(indices, invert(kept, uniforms), 1, 1) as Tensor1D;
}

/**
 * Keeps the most likely tokens whose probability together reaches `topP`, the one that reaches it included.
 *
 * Probability is among the tokens at hand: top-k first, then top-p within it, as transformers does.
 */
function withinNucleus(weights: Tensor2D, topP: number): Tensor2D {
  const before = tf.cumsum(weights, 1, true); // weight of the more likely tokens
  const enough = tf.mul(tf.sum(weights, 1, true), topP);
  return tf.mul(weights, tf.cast(tf.less(before, enough), 'float32'));
}

const BLOCK = 512;

/** The tokens in blocks, the last one filled up with weight 0. [B, V] → [B, blocks, BLOCK] */
function inBlocks(weights: Tensor2D): Tensor3D {
  const [B, V] = weights.shape;
  const blocks = Math.ceil(V / BLOCK);
  const spare = blocks * BLOCK - V;
  const padding: [number, number][] = [
    [0, 0],
    [0, spare],
  ];
  return tf.reshape(spare === 0 ? weights : tf.pad(weights, padding), [B, blocks, BLOCK]);
}

/**
 * {@link invert} for very many tokens: first the block of tokens, then the token in it. Sums stay short, so that a
 * quarter of a million small numbers lose nothing to rounding, and no more than two thousand are summed in sequence.
 *
 * @param cumulative Weight of each block and the ones before. [B, blocks]
 */
function invertBlocks(byBlock: Tensor3D, cumulative: Tensor2D, uniforms: Tensor1D): Tensor1D {
  const target: Tensor1D = tf.mul(uniforms, lastOf(cumulative)); // [B]
  const block = countAtMost(cumulative, target); // [B]
  const inside = at(byBlock, block) as Tensor2D; // [B, BLOCK]
  const before = tf.sub(at(cumulative, block), tf.sum(inside, 1)); // [B] weight of the earlier blocks
  const within = pick(inside, tf.sub(target, before) as Tensor1D);
  return tf.add(tf.mul(block, tf.scalar(BLOCK, 'int32')), within);
}

/** The first token whose cumulative weight exceeds uniform · total. weights [B, n] → [B] */
function invert(weights: Tensor2D, uniforms: Tensor1D): Tensor1D {
  return pick(weights, tf.mul(uniforms, tf.sum(weights, 1)));
}

/** The first entry whose cumulative weight exceeds `target`; always one of positive weight. */
function pick(weights: Tensor2D, target: Tensor1D): Tensor1D {
  const cumulative: Tensor2D = tf.cumsum(weights, 1);
  // Rounding may put the target at or past the total (or below 0): hold it just inside.
  const inside = tf.minimum(target, tf.mul(lastOf(cumulative), 1 - 2 ** -23));
  return countAtMost(cumulative, inside as Tensor1D);
}

/** How many entries of an ascending row are at most `target`. rows [B, n], target [B] → [B] int32, below n */
function countAtMost(rows: Tensor2D, target: Tensor1D): Tensor1D {
  const count = tf.sum(tf.cast(tf.lessEqual(rows, tf.expandDims(target, 1)), 'int32'), 1);
  return tf.minimum(count, tf.scalar(rows.shape[1] - 1, 'int32'));
}

/** Entry `index[b]` of row b. rows [B, n, ...], index [B] → [B, ...] */
const at = (rows: Tensor, index: Tensor1D): Tensor => gather(rows, index, 1, 1);

const lastOf = (rows: Tensor2D): Tensor1D => tf.reshape(tf.slice(rows, [0, rows.shape[1] - 1], [-1, 1]), [-1]);

/** ArgMax as TensorFlow has it, in int32 throughout. x [B, n] → [B] */
function argMax(x: Tensor2D): Tensor1D {
  return tf.tidy(() => {
    const attrs = { T: 'float32', Tidx: 'int32', output_type: 'int32' } as const;
    return wrapOp('ArgMax', attrs, [x, tf.scalar(1, 'int32')], 1)[0] as Tensor1D;
  });
}
