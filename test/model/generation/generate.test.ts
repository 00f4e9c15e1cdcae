import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { GenerateRequest, SamplingOptions } from '../../../model/api/generation.ts';
import type { Gemma3Config } from '../../../model/gemma3/config.ts';
import { kvCacheBytes } from '../../../model/gemma3/config.ts';
import type { Gemma3Weights } from '../../../model/gemma3/weights.ts';
import { leavesOf } from '../../../model/gemma3/weights.ts';
import { createDecoderSteps } from '../../../model/generation/decoder-steps.ts';
import { generate } from '../../../model/generation/generate.ts';
import type { SampledTokens } from '../../../model/generation/generate.ts';
import { cacheBytes, createCache, disposeCache } from '../../../model/generation/kv-cache.ts';
import { disposeVariable, variableCount } from '../../../model/tensor/variable.ts';
import type { Variable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import { createScorer } from '../../../model/training/score.ts';
import { tinyGolden, tinyWeights } from '../../support/tiny-model.ts';

const config: Gemma3Config = { ...tinyGolden.config, maxPositionEmbeddings: 64 };
const { slidingWindow: W } = config;
const steps = createDecoderSteps(config, 'float32');
const score = createScorer(config, 'float32');
let weights: Gemma3Weights<Variable>;
beforeAll(() => void (weights = tinyWeights()));
afterAll(() => leavesOf(weights).forEach(disposeVariable));

const SAMPLING: SamplingOptions = { maxTokens: 3 * W, temperature: 1, topK: 0, topP: 1 };
/** Prompts of different lengths on both sides of the window: W − 1, W, W + 1, 3W. */
const prompts = [W - 1, W, W + 1, 3 * W].map((length, i) => ({
  id: `prompt ${i}`,
  promptIds: Array.from({ length }, (_, t) => 1 + ((7 * t * t + 5 * t + 31 * i) % 96)),
}));

async function sample(
  overrides: Partial<GenerateRequest> = {},
  stopIds = new Set<number>(),
): Promise<SampledTokens[][]> {
  const request: GenerateRequest = {
    set: { name: 'tiny', version: 0 },
    prompts,
    numGenerations: 2,
    sampling: SAMPLING,
    seed: 5,
    precision: 'float32',
    ...overrides,
  };
  const samples: SampledTokens[][] = [];
  const context = { config, weights, steps, stopIds, onProgress: () => {} };
  await generate(request, context, (prompt, list) => void (samples[prompt] = [...list]));
  return samples;
}

/** Largest difference between the sampler's log-probabilities and those of the uncached forward pass. */
async function gapToScoring(samples: readonly SampledTokens[][], temperature: number): Promise<number> {
  const sequences = samples.flatMap((list, i) =>
    list.map(({ tokenIds }) => ({ promptIds: prompts[i]!.promptIds, completionIds: tokenIds })),
  );
  const scored = await score(weights, sequences, temperature, async () => {});
  const sampled = samples.flat().map(({ logProbs }) => logProbs);
  return Math.max(...scored.flatMap((list, i) => list.map((value, t) => Math.abs(value - sampled[i]![t]!))));
}

describe('cached decoding', () => {
  test('equals the uncached forward pass across the window edge', async () => {
    // Largest seen: 3e-6.
    expect(await gapToScoring(await sample(), 1)).toBeLessThan(1e-5);
    const cool = { ...SAMPLING, temperature: 0.7 };
    expect(await gapToScoring(await sample({ sampling: cool }), 0.7)).toBeLessThan(1e-5);
  });

  test('greedy takes the most likely token, with its log-probability at temperature 1', async () => {
    const greedy = { ...SAMPLING, temperature: 0 };
    const samples = await sample({ sampling: greedy, numGenerations: 1 });
    expect(await gapToScoring(samples, 1)).toBeLessThan(1e-5);
    const again = await sample({ sampling: { ...SAMPLING, topK: 1 }, numGenerations: 1, seed: 99 });
    expect(again.map(([one]) => one!.tokenIds)).toEqual(samples.map(([one]) => one!.tokenIds));
  });

  test('allocates what the formula says: local layers hold a window, global ones everything', () => {
    const cache = createCache(config, 3, 40, 'float32');
    expect(cacheBytes(cache)).toBe(3 * kvCacheBytes(config, 40, 4));
    disposeCache(cache);
  });
});

describe('a sample', () => {
  test('does not depend on its batch', async () => {
    const together = await sample({ numGenerations: 3 });
    const alone = await sample({ prompts: [prompts[2]!], numGenerations: 1 });
    expect(alone[0]![0]!.tokenIds).toEqual(together[2]![0]!.tokenIds);
    const reversed = await sample({ prompts: prompts.toReversed(), numGenerations: 3 });
    expect(reversed.toReversed().map((list) => list.map(({ tokenIds }) => tokenIds))).toEqual(
      together.map((list) => list.map(({ tokenIds }) => tokenIds)),
    );
  });

  test('is the same when samples leave, others take their rows, and the rows become fewer', async () => {
    const stopIds = new Set(Array.from({ length: 12 }, (_, i) => 7 * i)); // about one token in eight
    const many = await sample({ numGenerations: 30 }, stopIds); // 120 samples in 64 rows
    const lengths = many.flat().map(({ tokenIds }) => tokenIds.length);
    expect(Math.min(...lengths)).toBeLessThan(3);
    expect(Math.max(...lengths)).toBeGreaterThan(12);
    for (const [i, prompt] of prompts.entries()) {
      const [alone] = await sample({ prompts: [prompt], numGenerations: 30 }, stopIds);
      expect(many[i]!.map(({ tokenIds }) => tokenIds)).toEqual(alone!.map(({ tokenIds }) => tokenIds));
    }
    // Rounding: on an AVX2 CPU they are 1.34e-5 apart, and from transformers in float64 1.15e-5 and 1.63e-5, as it is itself
    // by 0.98e-5 in float32.
    expect(await gapToScoring(many, 1)).toBeLessThan(2e-5);
  });

  test('changes with the seed, the sample number and the prompt id', async () => {
    const [first] = await sample();
    expect(first![0]!.tokenIds).not.toEqual(first![1]!.tokenIds);
    expect((await sample({ seed: 6 }))[0]![0]!.tokenIds).not.toEqual(first![0]!.tokenIds);
    const renamed = await sample({ prompts: [{ ...prompts[0]!, id: 'other' }] });
    expect(renamed[0]![0]!.tokenIds).not.toEqual(first![0]!.tokenIds);
  });

  test('ends with the stop token, which counts as sampled', async () => {
    const [[free]] = (await sample({ numGenerations: 1 })) as [[SampledTokens]];
    const stop = free.tokenIds[4]!;
    const [[stopped]] = (await sample({ numGenerations: 1 }, new Set([stop]))) as [[SampledTokens]];
    expect(stopped.finishReason).toBe('stop');
    expect(stopped.tokenIds).toEqual(free.tokenIds.slice(0, free.tokenIds.indexOf(stop) + 1));
    expect(free.finishReason).toBe('length');
  });
});

test('generation leaves no tensors and no variables behind', async () => {
  await sample();
  const [tensors, variables] = [tf.memory().numTensors, variableCount()];
  await sample();
  expect(tf.memory().numTensors).toBe(tensors);
  expect(variableCount()).toBe(variables);
});

test('a prompt that leaves no room is refused with the numbers', async () => {
  await expect(sample({ sampling: { ...SAMPLING, maxTokens: 60 } })).rejects.toThrow(
    /prompt 1 has 5 tokens and maxTokens is 60, together 65; the model's context is 64/,
  );
});
