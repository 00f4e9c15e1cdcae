import * as tf from '../tf.ts';
import type { Tensor, Tensor4D } from '../tf.ts';

/** A matrix with an adapter on it, W + scale · B · A, kept apart (LoRA, arXiv 2106.09685). */
export interface AdaptedMatrix {
  readonly weight: Tensor; // [out, in]
  readonly a: Tensor; // [r, in]
  readonly b: Tensor; // [out, r]
  readonly scale: number;
}

/** W [out, in], the checkpoint's layout. */
export type Matrix = Tensor | AdaptedMatrix;

/** x · Wᵀ for x [..., in], giving [..., out]; with an adapter x · Wᵀ + scale · (x · Aᵀ) · Bᵀ. */
export function linear(x: Tensor, matrix: Matrix): Tensor {
  const adapter = matrix instanceof tf.Tensor ? null : matrix;
  const weight = matrix instanceof tf.Tensor ? matrix : matrix.weight;
  const [outFeatures, inFeatures] = weight.shape as [number, number];
  // Flattened to rank 2: the gradient of a batch-broadcast matMul does not sum over the broadcast batch.
  const rows = tf.reshape(x, [-1, inFeatures]);
  const product = tf.matMul(rows, weight, false, true);
  const y = adapter ? tf.add(product, lowRankProduct(rows, adapter)) : product;
  return tf.reshape(y, [...x.shape.slice(0, -1), outFeatures]);
}

/** scale · (x · Aᵀ) · Bᵀ: scaled where it is narrow. */
function lowRankProduct(x: Tensor, { a, b, scale }: AdaptedMatrix): Tensor {
  return tf.matMul(tf.mul(tf.matMul(x, a, false, true), scale), b, false, true);
}

/**
 * Root-mean-square norm over the last axis: x / √(mean(x²) + eps) · (1 + weight).
 *
 * The gradient is written out: it needs half the memory and a third of the ops of the derived one.
 */
export function rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
  return tf.customGrad((...inputs) => {
    const [x, weight, save] = inputs as unknown as [Tensor, Tensor, (tensors: Tensor[]) => void];
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps)); // [..., 1]
    const normed = tf.mul(x, scale);
    const gain = tf.add(weight, 1);
    save([normed, scale, gain]);
    return {
      value: tf.mul(normed, gain),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [normed, scale, gain] = saved as [Tensor, Tensor, Tensor];
        const dNormed = tf.mul(dy, gain);
        const along = tf.mean(tf.mul(dNormed, normed), -1, true);
        const dx = tf.mul(tf.sub(dNormed, tf.mul(normed, along)), scale);
        const dWeight = tf.sum(tf.reshape(tf.mul(dy, normed), [-1, gain.size]), 0);
        return [dx, dWeight];
      },
    };
  })(x, weight);
}

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/**
 * gelu(gate) · up, with GELU in its tanh form, the one Gemma 3 was trained with (`gelu_pytorch_tanh`):
 * gelu(a) = a/2 · (1 + tanh(√(2/π) · (a + 0.044715 a³))).
 *
 * The gradient is written out, as in {@link rmsNorm}.
 */
export function gatedGelu(gate: Tensor, up: Tensor): Tensor {
  return tf.customGrad((...inputs) => {
    const [gate, up, save] = inputs as unknown as [Tensor, Tensor, (tensors: Tensor[]) => void];
    save([gate, up]);
    return {
      value: tf.mul(tf.mul(gate, halfOnePlus(geluTanh(gate))), up),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [gate, up] = saved as [Tensor, Tensor];
        const t = geluTanh(gate);
        const slope = halfOnePlus(t);
        // d gelu/da = (1 + t)/2 + a/2 · (1 − t²) · √(2/π) · (1 + 3 · 0.044715 a²)
        const inner = tf.add(tf.mul(tf.square(gate), 3 * GELU_CUBIC), 1);
        const bend = tf.mul(tf.mul(tf.mul(gate, 0.5 * GELU_SCALE), tf.sub(1, tf.square(t))), inner);
        const dGate = tf.mul(tf.mul(dy, up), tf.add(slope, bend));
        return [dGate, tf.mul(dy, tf.mul(gate, slope))];
      },
    };
  })(gate, up);
}

function geluTanh(a: Tensor): Tensor {
  return tf.tanh(tf.mul(tf.mul(tf.add(tf.mul(tf.square(a), GELU_CUBIC), 1), a), GELU_SCALE));
}

const halfOnePlus = (t: Tensor): Tensor => tf.mul(tf.add(t, 1), 0.5);

/**
 * Softmax over the last axis.
 *
 * Written out because TensorFlow's own op takes another kernel inside a function than outside, with other last bits.
 */
export function softmax(x: Tensor): Tensor {
  return tf.customGrad((...inputs) => {
    const [x, save] = inputs as unknown as [Tensor, (tensors: Tensor[]) => void];
    const exp = tf.exp(tf.sub(x, tf.max(x, -1, true)));
    const p = tf.div(exp, tf.sum(exp, -1, true));
    save([p]);
    return {
      value: p,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const weighted = tf.mul(dy, saved[0]!);
        return tf.sub(weighted, tf.mul(saved[0]!, tf.sum(weighted, -1, true)));
      },
    };
  })(x);
}

/** Rotates the two halves of the last axis: x [B, T, heads, H]; cos and sin [B, T, 1, H/2]. */
export function applyRope(x: Tensor, cos: Tensor, sin: Tensor): Tensor4D {
  const [first, second] = tf.split(x, 2, -1) as [Tensor, Tensor];
  return tf.concat(
    [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))],
    -1,
  ) as Tensor4D;
}
