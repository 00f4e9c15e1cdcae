import { wrapOp } from '../tensor/raw-ops.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D, Tensor2D } from '../tf.ts';

// Logits of this many positions at a time: [CHUNK, V] floats are 128 MiB for Gemma's vocabulary.
const CHUNK = 128;

// Where the table is trained: the fewer products, the less often the gradient of the whole table is added up. The logits
// become their own gradient in place, so that [GROUP, V] floats, 1 GiB, are held once.
const GROUP = 1024;

/**
 * Logits of hidden states under the tied output head. h [M, D], E [V, D] → [M, V].
 *
 * The temperature divides the hidden states, not the logits: V times less work.
 */
export function logitsOf(h: Tensor2D, embedTokens: Tensor2D, temperature = 1): Tensor2D {
  return tf.matMul(temperature === 1 ? h : tf.div(h, temperature), embedTokens, false, true);
}

/** Log-probabilities, in nats, of one target token for each hidden state. h [M, D], targets [M] → [M] */
export function targetLogProbs(h: Tensor2D, embedTokens: Tensor2D, targets: Tensor1D, temperature: number): Tensor1D {
  const chunks = chunksOf(h.shape[0]).map(([at, size]) => {
    const logits = logitsOf(tf.slice(h, [at, 0], [size, -1]), embedTokens, temperature);
    return tf.neg(crossEntropy(logits, tf.slice(targets, [at], [size])).loss);
  });
  return tf.concat1d(chunks as Tensor1D[]);
}

export interface HeadLoss {
  /** Σ weights · −log p(target). Scalar. */
  readonly loss: Tensor;
  /** Nats, of each target. [M] */
  readonly logProbs: Tensor1D;
  /** Gradient of `loss` with respect to the hidden states. [M, D] */
  readonly hiddenGradient: Tensor2D;
  /** Σ teacher weights · divergence from the teacher, which `loss` includes; absent without a teacher. Scalar. */
  readonly teacherLoss?: Tensor;
}

/**
 * Weighted negative log-likelihood of target tokens, with its gradients computed on the way: no more than a chunk of
 * logits exists at any time, and never beside their gradient.
 *
 * @param onHeadGradient Receives the gradient with respect to `embedTokens`, [V, D], chunk by chunk, to be added up.
 *   Without it, as where the table is not trained, that gradient is not computed.
 */
export function weightedNll(
  h: Tensor2D, // [M, D]
  embedTokens: Tensor2D, // [V, D]
  targets: Tensor1D, // [M] int32
  weights: Tensor1D, // [M]
  temperature: number,
  onHeadGradient?: (gradient: Tensor2D) => void,
): HeadLoss {
  const parts = chunksOf(h.shape[0], onHeadGradient ? GROUP : CHUNK).map(([at, size]) =>
    tf.tidy(() => {
      const states: Tensor2D = tf.slice(h, [at, 0], [size, -1]);
      const scaled: Tensor2D = temperature === 1 ? states : tf.div(states, temperature);
      const weight = tf.slice(weights, [at], [size]);
      const { loss: losses, gradient } = crossEntropy(logitsOf(scaled, embedTokens), tf.slice(targets, [at], [size]));
      // A position's weight multiplies D numbers of its state instead of V of its logits.
      const column = tf.expandDims(weight, 1);
      onHeadGradient?.(tf.matMul(gradient, tf.mul(scaled, column), true, false));
      const hiddenGradient = tf.mul(tf.matMul(gradient, embedTokens), tf.div(column, temperature));
      return { loss: tf.sum(tf.mul(losses, weight)), logProbs: tf.neg(losses), hiddenGradient };
    }),
  );
  return {
    loss: tf.addN(parts.map(({ loss }) => loss)),
    logProbs: tf.concat1d(parts.map(({ logProbs }) => logProbs) as Tensor1D[]),
    hiddenGradient: tf.concat2d(parts.map(({ hiddenGradient }) => hiddenGradient) as Tensor2D[], 0),
  };
}

/** Cross-entropy of each row and its gradient with respect to the logits, in one pass. logits [m, V], targets [m] */
export function crossEntropy(logits: Tensor2D, targets: Tensor1D): { loss: Tensor1D; gradient: Tensor2D } {
  const [loss, gradient] = wrapOp(
    'SparseSoftmaxCrossEntropyWithLogits',
    { T: 'float32', Tlabels: 'int32' },
    [logits, targets],
    2,
  );
  return { loss: loss as Tensor1D, gradient: gradient as Tensor2D };
}

/** Where chunks of rows begin, and how many rows each has. */
export function chunksOf(rows: number, chunk = CHUNK): (readonly [at: number, size: number])[] {
  return Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => [i * chunk, Math.min(chunk, rows - i * chunk)]);
}
