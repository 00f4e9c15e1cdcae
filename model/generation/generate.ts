import { setImmediate } from 'node:timers/promises';

import { uniform } from '../../sdk/random.ts';
import type { GenerateRequest, SamplingOptions } from '../engine-api.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor1D } from '../tf.ts';
import type { DecoderSteps } from './decoder-steps.ts';
import { createCache, disposeCache } from './kv-cache.ts';
import type { KeyValueCache } from './kv-cache.ts';
import { planBatches } from './plan.ts';
import type { DecodeBatch } from './plan.ts';
import type { Sampled } from './sampler.ts';

/** Tokens of one sample, the end token included if it was reached. */
export interface SampledTokens {
  readonly tokenIds: number[];
  readonly logProbs: number[];
  finishReason: 'stop' | 'length';
}

export interface GenerateContext {
  readonly config: Gemma3Config;
  readonly weights: Gemma3Weights<Variable>;
  readonly steps: DecoderSteps;
  /** A sample ends with the first of these. */
  readonly stopIds: ReadonlySet<number>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Samples completions of prompts of any lengths, batch by batch.
 *
 * The token at place t of sample s of prompt `id` is decided by the logits and by one random number that is a function
 * of (seed, id, s, t) alone: neither the other prompts nor an interruption change it.
 *
 * @param onPrompt Called with each prompt's samples when they are done.
 * @throws RangeError if a prompt and its completion do not fit the model's context.
 */
export async function generate(
  request: GenerateRequest,
  context: GenerateContext,
  onPrompt: (promptIndex: number, samples: readonly SampledTokens[]) => void,
): Promise<void> {
  const batches = planBatches(request, context.config.maxPositionEmbeddings);
  const samples = request.prompts.map((): SampledTokens[] => []);
  let done = 0;
  for (const batch of batches) {
    const rows = await decodeBatch(batch, request, context);
    batch.rows.forEach(({ prompt }, row) => {
      const list = samples[prompt]!;
      list.push(rows[row]!);
      if (list.length < request.numGenerations) return;
      onPrompt(prompt, list);
      context.onProgress(++done, request.prompts.length);
    });
  }
}

async function decodeBatch(
  batch: DecodeBatch,
  { seed, sampling, prompts }: GenerateRequest,
  context: GenerateContext,
): Promise<readonly SampledTokens[]> {
  const { weights, steps, stopIds, signal } = context;
  const samples = batch.rows.map((): SampledTokens => ({ tokenIds: [], logProbs: [], finishReason: 'length' }));
  const uniformsAt = (position: number) =>
    Float32Array.from({ length: batch.rowCount }, (_, row) => {
      const place = batch.rows[row];
      return place ? uniform(seed, prompts[place.prompt]!.id, place.sample, position) : 0;
    });
  let unfinished = samples.length;
  const take = ({ tokens, logProbs }: Sampled) => {
    const [ids, values] = [tokens.dataSync(), logProbs.dataSync()];
    samples.forEach((sample, row) => {
      if (sample.finishReason === 'stop') return;
      sample.tokenIds.push(ids[row]!);
      sample.logProbs.push(values[row]!);
      if (!stopIds.has(ids[row]!)) return;
      sample.finishReason = 'stop';
      unfinished--;
    });
  };

  const cache = createCache(context.config, batch.rowCount, batch.capacity);
  let last: Tensor1D | undefined;
  try {
    last = await prefill(batch, cache, uniformsAt(0), sampling, context, take);
    for (let position = 1; position < sampling.maxTokens && unfinished > 0; position++) {
      await setImmediate();
      signal?.throwIfAborted();
      const next = tf.tidy(() => {
        const places = Int32Array.from(batch.lengths, (length) => length + position - 1);
        const inputs = [tf.tensor1d(places, 'int32'), tf.tensor1d(uniformsAt(position))] as const;
        const sampled = steps.step(weights, cache, last!, ...inputs, batch.capacity, sampling);
        take(sampled);
        return sampled.tokens;
      });
      last.dispose();
      last = next;
    }
  } finally {
    last?.dispose();
    disposeCache(cache);
  }
  return samples;
}

/** Reads the prompts into the cache and draws the first tokens. */
async function prefill(
  batch: DecodeBatch,
  cache: KeyValueCache,
  uniforms: Float32Array,
  sampling: SamplingOptions,
  { weights, steps, signal }: GenerateContext,
  take: (sampled: Sampled) => void,
): Promise<Tensor1D> {
  await setImmediate();
  signal?.throwIfAborted();
  return tf.tidy(() => {
    const prompts = {
      ids: tf.tensor2d(batch.promptIds, [batch.promptCount, batch.promptLength], 'int32'),
      lengths: tf.tensor1d(batch.promptLengths, 'int32'),
      rows: tf.tensor1d(batch.promptOfRow, 'int32'),
    };
    const sampled = steps.prefill(weights, cache, prompts, tf.tensor1d(uniforms), sampling);
    take(sampled);
    return sampled.tokens;
  });
}
