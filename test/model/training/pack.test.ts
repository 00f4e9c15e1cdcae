import { describe, expect, test } from 'vitest';

import { leavesOf } from '../../../model/gemma3/weights.ts';
import { disposeVariable, readVariable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import { paddedTargets, toTensors } from '../../../model/training/batch.ts';
import { compileGradients } from '../../../model/training/gradients.ts';
import { packSequences } from '../../../model/training/pack.ts';
import { createScorer } from '../../../model/training/score.ts';
import { tinyGolden, tinyWeights, zeroGradients } from '../../support/tiny-model.ts';

const { config } = tinyGolden;
const ids = (length: number, seed: number) =>
  Array.from({ length }, (_, t) => 1 + ((t * t * 3 + t * 5 + seed * 17) % 96));
/** Two completions of one prompt, then two other sequences, all of different lengths. */
const shared = ids(7, 1);
const sequences = [
  { promptIds: shared, completionIds: ids(4, 2) },
  { promptIds: shared, completionIds: ids(9, 3) },
  { promptIds: ids(3, 4), completionIds: ids(6, 5) },
  { promptIds: ids(11, 6), completionIds: ids(2, 7) },
];

describe('packSequences', () => {
  test('lays a shared prompt down once and starts positions anew', () => {
    const [batch] = packSequences(sequences.slice(0, 3), { tokensPerBatch: 64 });
    expect(batch!.usedTokens).toBe(7 + 4 + 9 + 3 + 6);
    expect([...batch!.positions.slice(0, 29)]).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6],
      ...[7, 8, 9, 10],
      ...[7, 8, 9, 10, 11, 12, 13, 14, 15],
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    // Both completions' first tokens are predicted by the prompt's last.
    expect(batch!.predictors[0]).toBe(6);
    expect(batch!.predictors[4]).toBe(6);
    expect(batch!.predictors[5]).toBe(11);
  });

  test('gives every target a place, once', () => {
    const places = packSequences(sequences, { tokensPerBatch: 40 }).flatMap(({ places }) => places);
    const expected = sequences.flatMap(({ completionIds }, sequence) =>
      completionIds.map((_, token) => ({ sequence, token })),
    );
    expect(places).toHaveLength(expected.length);
    expect(new Set(places.map(({ sequence, token }) => `${sequence}:${token}`)).size).toBe(expected.length);
  });

  test('puts the long ones first and computes little more than they have', () => {
    const some = [20, 44, 20, 44, 20, 44].map((length, i) => ({
      promptIds: [i + 1],
      completionIds: ids(length - 1, i),
    }));
    const batches = packSequences(some, { tokensPerBatch: 128 });
    expect(batches.map(({ rows, length }) => [rows, length])).toEqual([
      [2, 64],
      [1, 64],
    ]);
  });

  test.each([1, 2])(
    'leaves no more completions of one prompt together than are computed at once, %i at a time',
    (together) => {
      const many = Array.from({ length: 31 * together }, (_, i) => ({ promptIds: shared, completionIds: ids(20, i) }));
      const batches = packSequences(many, { tokensPerBatch: 128, together });
      for (const { rows, length } of batches) expect(rows * length).toBeLessThanOrEqual(128 + 20 * together);
      const batchOf = batches.flatMap(({ ends }, b) => ends.map(({ sequence }) => [sequence, b] as const));
      const byBatch = new Map(batchOf);
      expect(byBatch.size).toBe(many.length);
      for (let i = 0; i < many.length; i += together) expect(byBatch.get(i + together - 1)).toBe(byBatch.get(i));
    },
  );

  test('refuses an empty completion by its number', () => {
    const bad = [sequences[0]!, { promptIds: [2], completionIds: [] }];
    expect(() => packSequences(bad, { tokensPerBatch: 64 })).toThrow('sequence 1 has an empty completion');
  });
});

test('packed sequences score as they do alone', async () => {
  const weights = tinyWeights();
  const score = createScorer(config, 'float32');
  const packed = await score(weights, sequences, 1, async () => {});
  for (const [i, sequence] of sequences.entries()) {
    const [alone] = await score(weights, [sequence], 1, async () => {});
    // Largest seen: 2e-6.
    alone!.forEach((value, t) => expect(Math.abs(packed[i]![t]! - value)).toBeLessThan(1e-5));
  }
  leavesOf(weights).forEach(disposeVariable);
});

test('the gradient does not depend on how sequences are cut into batches', () => {
  const weights = tinyWeights();
  const step = compileGradients(config, 'float32');
  const gradientNorms = (tokensPerBatch: number) => {
    const gradients = zeroGradients(config);
    for (const batch of packSequences(sequences, { tokensPerBatch })) {
      tf.tidy(() => {
        const list = new Float32Array(paddedTargets(batch));
        batch.places.forEach(({ sequence }, i) => (list[i] = 0.3 * sequence - 0.4));
        step(weights, gradients, toTensors(batch), tf.tensor1d(list), 0.8);
      });
    }
    const values = leavesOf(gradients).map((variable) => tf.tidy(() => [...readVariable(variable).dataSync()]));
    leavesOf(gradients).forEach(disposeVariable);
    return values;
  };
  const [whole, cut] = [gradientNorms(128), gradientNorms(32)];
  whole.forEach((values, i) => {
    const scale = Math.max(...values.map(Math.abs));
    values.forEach((value, j) => expect(Math.abs(cut[i]![j]! - value) / scale).toBeLessThan(1e-5));
  });
  leavesOf(weights).forEach(disposeVariable);
});
