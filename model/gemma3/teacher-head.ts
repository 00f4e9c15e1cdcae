import { countAtMost, countBelow, gather, logSoftmax, subtractAt, topK } from '../tensor/raw-ops.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '../tf.ts';
import { chunksOf, crossEntropy, logitsOf } from './head.ts';
import type { HeadLoss } from './head.ts';

/**
 * A teacher's distribution as a few tokens with weights, for each of M positions. Entries of weight 0 are padding.
 */
export interface SparseTensors {
  readonly ids: Tensor2D; // [M, K] int32
  readonly weights: Tensor2D; // [M, K]
}

export interface DrawOptions {
  /** Divides the teacher's logits. */
  readonly temperature: number;
  /** Draw among the k most likely tokens, their probability scaled to 1; 0 means all. */
  readonly topK: number;
  /**
   * `counts`: each token weighs its share of the draws, so that the mean target is the teacher's distribution.
   * `renorm`: the drawn tokens weigh the teacher's probabilities, scaled to 1; towards the head of the distribution.
   */
  readonly weighting: 'counts' | 'renorm';
}

/** What a position's loss is made of, for all M positions of a batch. */
export interface TeacherLossInputs {
  readonly targets: Tensor1D; // [M] int32
  /** w of −w · log p(target). [M] */
  readonly weights: Tensor1D;
  /** d of d · divergence from the teacher. [M] */
  readonly teacherWeights: Tensor1D;
}

export interface TeacherTemperatures {
  /** Divides the student's logits in −log p(target). */
  readonly nll: number;
  /** Divides both models' logits in the divergence. No factor T² is applied. */
  readonly teacher: number;
}

// The dense divergence holds some ten tensors of this many positions times the vocabulary.
const DENSE_CHUNK = 32;
const BLOCK = 512;

/**
 * Draws tokens from a teacher's distribution, with replacement, by inverting it at uniform numbers. Logits exist for a
 * chunk of positions at a time and never leave the device.
 *
 * @param h The teacher's hidden states. [M, D]
 * @param uniforms In [0, 1), one for each draw. [M, K]
 * @returns The draws of each position by their place in the distribution. Each token has its weight once, and 0 where it was
 *   drawn again. Weights of a position sum to 1.
 * @see Gemma 3 technical report, arXiv 2503.19786, section 2.2 · `counts`: Sparse Logit Sampling, arXiv 2503.16870
 */
export function drawTargets(
  h: Tensor2D,
  embedTokens: Tensor2D,
  uniforms: Tensor2D,
  options: DrawOptions,
): SparseTensors {
  const parts = chunksOf(h.shape[0]).map(([at, size]) =>
    tf.tidy(() => {
      const logits = logitsOf(tf.slice(h, [at, 0], [size, -1]), embedTokens, options.temperature);
      return { ...drawFrom(logits, tf.slice(uniforms, [at, 0], [size, -1]), options) };
    }),
  );
  const joined = (of: 'ids' | 'weights'): Tensor2D =>
    tf.concat2d(
      parts.map((part) => part[of]),
      0,
    );
  return { ids: joined('ids'), weights: joined('weights') };
}

/** {@link drawTargets} for given logits. logits [m, V], uniforms [m, K] */
export function drawFrom(
  logits: Tensor2D,
  uniforms: Tensor2D,
  { topK: k, weighting }: Omit<DrawOptions, 'temperature'>,
): SparseTensors {
  const mass = tf.exp(tf.sub(logits, tf.max(logits, 1, true))) as Tensor2D; // [m, V], up to a factor
  const best = k === 0 || k >= mass.shape[1] ? undefined : topK(mass, k);
  const sums: Tensor2D = best ? tf.cumsum(best.values, 1) : cumulative(mass);
  const places = invert(sums, ascending(uniforms), best ? k : mass.shape[1]);
  const ids = (best ? gather(best.indices, places, 1, 1) : places) as Tensor2D;
  // Places ascend with their numbers, so that draws of one token lie side by side.
  const sorted: Tensor2D = tf.cast(places, 'float32');
  const [below, upTo] = [countBelow(sorted, sorted), countAtMost(sorted, sorted)];
  const K = ids.shape[1];
  const isFirst = tf.cast(tf.equal(below, tf.expandDims(tf.range(0, K, 1, 'int32'), 0)), 'float32');
  const share = weighting === 'counts' ? tf.div(tf.cast(tf.sub(upTo, below), 'float32'), K) : gather(mass, ids, 1, 1);
  const weights = tf.mul(share, isFirst) as Tensor2D;
  return { ids, weights: weighting === 'counts' ? weights : (tf.div(weights, tf.sum(weights, 1, true)) as Tensor2D) };
}

/** Each row in ascending order. */
function ascending(x: Tensor2D): Tensor2D {
  return tf.neg(topK(tf.neg(x) as Tensor2D, x.shape[1]).values) as Tensor2D;
}

/** Running sums of each row; in blocks, so that many small numbers lose nothing to rounding. x [m, V] → [m, V] */
function cumulative(x: Tensor2D): Tensor2D {
  const [m, V] = x.shape;
  const blocks = Math.ceil(V / BLOCK);
  const spare = blocks * BLOCK - V;
  const padding: [number, number][] = [
    [0, 0],
    [0, spare],
  ];
  const within: Tensor3D = tf.cumsum(tf.reshape(spare === 0 ? x : tf.pad(x, padding), [m, blocks, BLOCK]), 2);
  const totals: Tensor2D = tf.reshape(tf.slice(within, [0, 0, BLOCK - 1], [-1, -1, 1]), [m, blocks]);
  const sums = tf.add(within, tf.expandDims(tf.cumsum(totals, 1, true), 2));
  return tf.slice(tf.reshape(sums, [m, blocks * BLOCK]) as Tensor2D, [0, 0], [-1, V]);
}

/** The first entry whose running sum exceeds uniform · total. sums [m, n], uniforms [m, K] → [m, K] int32 */
function invert(sums: Tensor2D, uniforms: Tensor2D, n: number): Tensor2D {
  const total = tf.slice(sums, [0, n - 1], [-1, 1]);
  // Rounding may put a product at the total: hold it just inside.
  const inside = tf.minimum(tf.mul(uniforms, total), tf.mul(tf.mul(tf.onesLike(uniforms), total), 1 - 2 ** -23));
  return tf.minimum(countAtMost(sums, inside as Tensor2D), tf.scalar(n - 1, 'int32'));
}

/** A divergence of each position and its gradient with respect to the logits it was computed from. */
export interface Divergence {
  readonly loss: Tensor1D; // [m], nats
  readonly gradient: Tensor2D; // [m, V]
}

/**
 * Cross-entropy of a student against sparse targets t, over its whole softmax π.
 *
 *     −Σ_v t_v · log π_v        gradient  π · Σt − t
 *
 * @param logits Of the student, divided by the temperature. [m, V]
 */
export function sparseCrossEntropy(logits: Tensor2D, { ids, weights }: SparseTensors): Divergence {
  const logPi = logSoftmax(logits);
  const mass = tf.sum(weights, 1, true); // 1, or 0 for padding
  return {
    loss: tf.neg(tf.sum(tf.mul(weights, gather(logPi, ids, 1, 1)), 1)) as Tensor1D,
    gradient: subtractAt(tf.mul(tf.exp(logPi), mass), ids, weights),
  };
}

/**
 * Generalised Jensen–Shannon divergence of a student Q from its teacher P.
 *
 *     β · KL(P‖M) + (1−β) · KL(Q‖M),  M = βP + (1−β)Q        gradient  (1−β) · Q · (log(Q/M) − KL(Q‖M))
 *     β = 0: KL(P‖Q), forward        gradient  Q − P
 *     β = 1: KL(Q‖P), reverse        gradient  Q · (log(Q/P) − KL(Q‖P))
 *
 * The ends are what GKD's authors and TRL compute there, not the limits, which are 0.
 *
 * @param logits Of the student, divided by the temperature. [m, V]
 * @param teacherLogits The same of the teacher. [m, V]
 * @see GKD, arXiv 2306.13649
 */
export function jsd(logits: Tensor2D, teacherLogits: Tensor2D, beta: number): Divergence {
  const [logQ, logP] = [logSoftmax(logits), logSoftmax(teacherLogits)];
  const [Q, P] = [tf.exp(logQ), tf.exp(logP)];
  const kl = (p: Tensor, ratio: Tensor) => tf.sum(tf.mul(p, ratio), 1, true); // [m, 1]
  const flat = (x: Tensor): Tensor1D => tf.reshape(x, [-1]);
  if (beta === 0) return { loss: flat(kl(P, tf.sub(logP, logQ))), gradient: tf.sub(Q, P) };
  const logM = beta === 1 ? logP : logMixture(logP, logQ, beta);
  const ratio = tf.sub(logQ, logM);
  const klQ = kl(Q, ratio);
  const pull = tf.mul(Q, tf.sub(ratio, klQ)) as Tensor2D;
  if (beta === 1) return { loss: flat(klQ), gradient: pull };
  const loss = tf.add(tf.mul(beta, kl(P, tf.sub(logP, logM))), tf.mul(1 - beta, klQ));
  return { loss: flat(loss), gradient: tf.mul(pull, 1 - beta) };
}

/** log(βP + (1−β)Q) from logarithms. */
function logMixture(logP: Tensor, logQ: Tensor, beta: number): Tensor {
  const [a, b] = [tf.add(logP, Math.log(beta)), tf.add(logQ, Math.log(1 - beta))];
  const largest = tf.maximum(a, b);
  return tf.add(largest, tf.log(tf.add(tf.exp(tf.sub(a, largest)), tf.exp(tf.sub(b, largest)))));
}

/**
 * Weighted negative log-likelihood plus weighted divergence from a teacher, with gradients computed on the way as
 * `weightedNll` does.
 *
 * @param divergenceOf The divergence of `size` positions from `at` on, for the student's logits divided by the temperature.
 */
function teacherLoss(
  h: Tensor2D, // [M, D]
  embedTokens: Tensor2D, // [V, D]
  { targets, weights, teacherWeights }: TeacherLossInputs,
  temperatures: TeacherTemperatures,
  chunk: number | undefined,
  divergenceOf: (logits: Tensor2D, at: number, size: number) => Divergence,
  onHeadGradient?: (gradient: Tensor2D) => void,
): HeadLoss {
  const parts = chunksOf(h.shape[0], chunk).map(([at, size]) =>
    tf.tidy(() => {
      const states: Tensor2D = tf.slice(h, [at, 0], [size, -1]);
      const logits = logitsOf(states, embedTokens);
      const [weight, teacherWeight] = [tf.slice(weights, [at], [size]), tf.slice(teacherWeights, [at], [size])];
      const likely = crossEntropy(divided(logits, temperatures.nll), tf.slice(targets, [at], [size]));
      const divergence = divergenceOf(divided(logits, temperatures.teacher), at, size);
      const logitGradient = tf.add(
        tf.mul(likely.gradient, tf.expandDims(tf.div(weight, temperatures.nll), 1)),
        tf.mul(divergence.gradient, tf.expandDims(tf.div(teacherWeight, temperatures.teacher), 1)),
      ) as Tensor2D; // [size, V]
      onHeadGradient?.(tf.matMul(logitGradient, states, true, false));
      const fromTeacher = tf.sum(tf.mul(divergence.loss, teacherWeight));
      return {
        loss: tf.add(tf.sum(tf.mul(likely.loss, weight)), fromTeacher),
        teacherLoss: fromTeacher,
        logProbs: tf.neg(likely.loss),
        hiddenGradient: tf.matMul(logitGradient, embedTokens),
      };
    }),
  );
  return {
    loss: tf.addN(parts.map(({ loss }) => loss)),
    teacherLoss: tf.addN(parts.map((part) => part.teacherLoss)),
    logProbs: tf.concat1d(parts.map(({ logProbs }) => logProbs) as Tensor1D[]),
    hiddenGradient: tf.concat2d(parts.map(({ hiddenGradient }) => hiddenGradient) as Tensor2D[], 0),
  };
}

const divided = (x: Tensor2D, by: number): Tensor2D => (by === 1 ? x : tf.div(x, by));

/** The loss at the head against targets drawn from the teacher. */
export function sparseTeacherLoss(
  h: Tensor2D, // [M, D]
  embedTokens: Tensor2D, // [V, D]
  inputs: TeacherLossInputs,
  drawn: SparseTensors,
  temperatures: TeacherTemperatures,
  onHeadGradient?: (gradient: Tensor2D) => void,
): HeadLoss {
  const divergenceOf = (logits: Tensor2D, at: number, size: number) =>
    sparseCrossEntropy(logits, {
      ids: tf.slice(drawn.ids, [at, 0], [size, -1]),
      weights: tf.slice(drawn.weights, [at, 0], [size, -1]),
    });
  return teacherLoss(h, embedTokens, inputs, temperatures, undefined, divergenceOf, onHeadGradient);
}

/** The loss at the head against the teacher's whole distribution, by {@link jsd}. */
export function denseTeacherLoss(
  h: Tensor2D, // [M, D]
  embedTokens: Tensor2D, // [V, D]
  inputs: TeacherLossInputs,
  teacher: { readonly h: Tensor2D; readonly embedTokens: Tensor2D; readonly beta: number },
  temperatures: TeacherTemperatures,
  onHeadGradient?: (gradient: Tensor2D) => void,
): HeadLoss {
  const divergenceOf = (logits: Tensor2D, at: number, size: number) => {
    const states: Tensor2D = tf.slice(teacher.h, [at, 0], [size, -1]);
    return jsd(logits, logitsOf(states, teacher.embedTokens, temperatures.teacher), teacher.beta);
  };
  return teacherLoss(h, embedTokens, inputs, temperatures, DENSE_CHUNK, divergenceOf, onHeadGradient);
}
