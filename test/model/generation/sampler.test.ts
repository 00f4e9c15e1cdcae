import { describe, expect, test } from 'vitest';

import { sampleTokens } from '../../../model/generation/sampler.ts';
import type { SamplingOptions } from '../../../model/api/generation.ts';
import * as tf from '../../../model/tf.ts';
import { uniform } from '../../../sdk/random.ts';

const PLAIN: SamplingOptions = { maxTokens: 1, temperature: 1, topK: 0, topP: 1 };
const DRAWS = 4000;

/** How often each token was drawn from one row of logits, in DRAWS draws. */
function frequencies(logits: readonly number[], options: SamplingOptions): number[] {
  const counts = logits.map(() => 0);
  tf.tidy(() => {
    const rows = tf.tile(tf.tensor2d([[...logits]]), [DRAWS, 1]) as tf.Tensor2D;
    const uniforms = tf.tensor1d(Float32Array.from({ length: DRAWS }, (_, i) => uniform(3, 'draw', i)));
    for (const token of sampleTokens(rows, uniforms, options).tokens.dataSync()) counts[token]! += 1 / DRAWS;
  });
  return counts;
}

const logits = [0.5, -1, 2, 0, 1.2];
const softmax = (values: readonly number[]) => {
  const exp = values.map(Math.exp);
  return exp.map((value) => value / exp.reduce((a, b) => a + b));
};
/** Four standard deviations of a share. */
const bound = (p: number) => 4 * Math.sqrt((p * (1 - p)) / DRAWS) + 1e-9;

describe('sampleTokens', () => {
  test.each([1, 0.6, 2])('follows softmax(logits / %d)', (temperature) => {
    const expected = softmax(logits.map((z) => z / temperature));
    frequencies(logits, { ...PLAIN, temperature }).forEach((share, token) =>
      expect(Math.abs(share - expected[token]!)).toBeLessThan(bound(expected[token]!)),
    );
  });

  test('top-k keeps the k most likely, renormalised', () => {
    const [a, b] = softmax([2, 1.2]); // tokens 2 and 4
    const shares = frequencies(logits, { ...PLAIN, topK: 2 });
    expect(shares[0]! + shares[1]! + shares[3]!).toBe(0);
    expect(Math.abs(shares[2]! - a!)).toBeLessThan(bound(a!));
    expect(Math.abs(shares[4]! - b!)).toBeLessThan(bound(b!));
  });

  test('top-p keeps the smallest set that holds the probability, the last one needed included', () => {
    // softmax: token 2 .529, token 4 .238, token 0 .118, token 3 .072, token 1 .026; .529 < .6 ≤ .767
    const shares = frequencies(logits, { ...PLAIN, topP: 0.6 });
    expect(shares[0]! + shares[1]! + shares[3]!).toBe(0);
    expect(shares[4]!).toBeGreaterThan(0.2);
    // .5 < .529: the first alone is enough
    expect(frequencies(logits, { ...PLAIN, topP: 0.5 })[2]).toBeCloseTo(1, 9);
  });

  test('never draws a token of no probability, whatever the uniform number', () => {
    const hole = Array.from({ length: 1500 }, (_, i) => (i % 7 === 3 ? 0 : -Infinity));
    tf.tidy(() => {
      const uniforms = [0, 1e-9, 0.25, 0.5, 0.999999, 1 - 2 ** -24, 1];
      const rows = tf.tile(tf.tensor2d([hole]), [uniforms.length, 1]) as tf.Tensor2D;
      for (const token of sampleTokens(rows, tf.tensor1d(uniforms), PLAIN).tokens.dataSync()) {
        expect(token % 7).toBe(3);
        expect(token).toBeLessThan(1500);
      }
    });
  });

  test('inverts exactly over a large vocabulary: uniform number u picks token ⌊u · V⌋ of equal ones', () => {
    const V = 262_144;
    tf.tidy(() => {
      const places = [0, 1, 511, 512, 100_003, 262_143];
      const rows = tf.zeros([places.length, V]) as tf.Tensor2D;
      const uniforms = tf.tensor1d(places.map((place) => (place + 0.5) / V));
      const { tokens, logProbs } = sampleTokens(rows, uniforms, PLAIN);
      expect([...tokens.dataSync()]).toEqual(places);
      for (const value of logProbs.dataSync()) expect(value).toBeCloseTo(-Math.log(V), 4);
    });
  });
});
