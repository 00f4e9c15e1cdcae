/**
 * The only door to TensorFlow.js, with native TensorFlow underneath.
 *
 * Ops are called as functions (`tf.add(a, b)`), never chained (`a.add(b)`), so that a reader sees every op in one form.
 */
import './tensor/native.ts';

export * from '@tensorflow/tfjs';
