import { describe, expect, test } from 'vitest';

import { drawFrom, jsd, sparseCrossEntropy } from '../../../model/gemma3/teacher-head.ts';
import * as tf from '../../../model/tf.ts';
import type { Tensor2D } from '../../../model/tf.ts';
import { uniforms } from '../../../sdk/random.ts';

const row = (values: readonly number[]) => tf.tensor2d([...values], [1, values.length]);
const logits = (p: readonly number[]) => tf.log(row(p)) as Tensor2D;
const numbersOf = (x: tf.Tensor) => [...x.dataSync()];
const close = (values: readonly number[], expected: readonly number[], digits: number) => {
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
};

describe('generalised JSD', () => {
  // Spec of GKD with P = [.7, .2, .1] (teacher) and Q = [.4, .4, .2] (student), by hand in float64.
  const P = [0.7, 0.2, 0.1];
  const Q = [0.4, 0.4, 0.2];
  test.each([
    [0, 0.183787],
    [0.1, 0.016518],
    [0.5, 0.046201],
    [0.9, 0.0171],
    [1, 0.192042],
  ])('at β = %d is %d', (beta, expected) => {
    expect(jsd(logits(Q), logits(P), beta).loss.dataSync()[0]).toBeCloseTo(expected, 5);
  });

  test.each([0, 0.1, 0.5, 0.9, 1])('has the gradient of finite differences at β = %d', (beta) => {
    const [z, teacher] = [[0.3, -0.4, 1.1, 0], logits([0.1, 0.2, 0.3, 0.4])];
    const { gradient } = jsd(row(z), teacher, beta);
    const h = 1e-2;
    const slopes = z.map((_, i) => {
      const at = (shift: number) =>
        jsd(row(z.map((value, j) => (i === j ? value + shift : value))), teacher, beta).loss.dataSync()[0]!;
      return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    });
    close(numbersOf(gradient), slopes, 4);
  });

  test.each([0, 0.5, 1])('is 0 with a gradient of 0 where student and teacher agree, β = %d', (beta) => {
    const { loss, gradient } = jsd(logits(Q), logits(Q), beta);
    close([...numbersOf(loss), ...numbersOf(gradient)], [0, 0, 0, 0], 6);
  });
});

describe('sparse cross-entropy', () => {
  const student = [0.3, 0.3, 0.2, 0.1, 0.1];
  const p = [0.5, 0.25, 0.125, 0.0625, 0.0625];

  test('of the set {0, 2}: loss 1.285066, gradient π − t', () => {
    const drawn = { ids: tf.tensor2d([0, 2], [1, 2], 'int32'), weights: row([0.8, 0.2]) };
    const { loss, gradient } = sparseCrossEntropy(logits(student), drawn);
    expect(loss.dataSync()[0]).toBeCloseTo(1.285066, 5);
    close(numbersOf(gradient), [-0.5, 0.3, 0, 0.1, 0.1], 6);
  });

  test('with the whole vocabulary is the full cross-entropy; renorm leaves the probabilities alone', () => {
    // 400 draws of five tokens miss none of them.
    const drawn = drawFrom(logits(p), tf.tensor2d(uniforms(400, 5), [1, 400]), { topK: 0, weighting: 'renorm' });
    const { loss, gradient } = sparseCrossEntropy(logits(student), drawn);
    expect(loss.dataSync()[0]).toBeCloseTo(1.391982, 5);
    close(
      numbersOf(gradient),
      student.map((pi, v) => pi - p[v]!),
      5,
    );
  });

  test('padding weighs nothing', () => {
    const drawn = { ids: tf.zeros([1, 4], 'int32') as Tensor2D, weights: tf.zeros([1, 4]) as Tensor2D };
    const { loss, gradient } = sparseCrossEntropy(logits(student), drawn);
    close([...numbersOf(loss), ...numbersOf(gradient)], [0, 0, 0, 0, 0, 0], 7);
  });

  test('renorm: KL(t‖p) = −log Σ_S p', () => {
    const draws = tf.tensor2d([0.1, 0.8, 0.2], [1, 3]); // tokens 0, 2, 0
    const { ids, weights } = drawFrom(logits(p), draws, { topK: 0, weighting: 'renorm' });
    expect(numbersOf(ids)).toEqual([0, 0, 2]);
    close(numbersOf(weights), [0.8, 0, 0.2], 6);
    const kl = 0.8 * Math.log(0.8 / p[0]!) + 0.2 * Math.log(0.2 / p[2]!);
    expect(kl).toBeCloseTo(0.470004, 6);
    expect(kl).toBeCloseTo(-Math.log(p[0]! + p[2]!), 12);
  });
});

describe('draws from the teacher', () => {
  const p = [0.5, 0.25, 0.125, 0.0625, 0.0625];
  /** Mean target over `rows` positions of K draws each. */
  const meanTarget = (K: number, weighting: 'counts' | 'renorm', rows: number, topK = 0) => {
    const z = tf.tile(logits(p), [rows, 1]);
    const drawn = drawFrom(z, tf.tensor2d(uniforms(rows * K, 11, 'test'), [rows, K]), { topK, weighting });
    const [ids, weights] = [numbersOf(drawn.ids), numbersOf(drawn.weights)];
    const mean = p.map(() => 0);
    ids.forEach((id, i) => (mean[id]! += weights[i]! / rows));
    return mean;
  };
  const rows = 100_000;

  test.each([2, 4, 8])('counts are unbiased with %d draws: within 4σ of p over 10⁵ positions', (K) => {
    meanTarget(K, 'counts', rows).forEach((mean, v) => {
      const sigma = Math.sqrt((p[v]! * (1 - p[v]!)) / K / rows);
      expect(Math.abs(mean - p[v]!)).toBeLessThan(4 * sigma);
    });
  });

  // Exact expectations over all draws, by enumeration (spec of the report's literal text).
  test.each([
    [2, [0.6278, 0.2375, 0.0823, 0.0262, 0.0262]],
    [4, [0.6496, 0.2324, 0.0744, 0.0218, 0.0218]],
    [8, [0.5896, 0.2586, 0.0934, 0.0292, 0.0292]],
  ])('renorm is biased towards the head just as far as it must be with %d draws', (K, expected) => {
    close(meanTarget(K, 'renorm', rows), expected, 2.3);
  });

  test('top-k leaves the other tokens out and scales the rest', () => {
    const mean = meanTarget(8, 'counts', 20_000, 2);
    close(mean, [2 / 3, 1 / 3, 0, 0, 0], 2);
  });

  test('more draws than tokens, and the ends of the interval, give tokens that exist', () => {
    const ends = tf.tensor2d([0, 1 - 2 ** -24, 0.5, 0.4999], [1, 4]);
    expect(numbersOf(drawFrom(logits(p), ends, { topK: 0, weighting: 'counts' }).ids)).toEqual([0, 0, 1, 4]);
    const sure = drawFrom(row([0, -1e9, -1e9]), ends, { topK: 0, weighting: 'counts' });
    expect(numbersOf(sure.weights)).toEqual([1, 0, 0, 0]);
  });

  test('a vocabulary of many blocks: each token at its own place in the running sum', () => {
    const V = 1300;
    const weights = Array.from({ length: V }, (_, v) => 1 + ((v * 37) % 11));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let before = 0;
    const middles = weights.map((weight) => ((before += weight) - weight / 2) / total);
    const { ids } = drawFrom(logits(weights), tf.tensor2d(middles, [1, V]), { topK: 0, weighting: 'renorm' });
    expect(numbersOf(ids)).toEqual(weights.map((_, v) => v));
  });
});
