import { setImmediate } from 'node:timers/promises';

import type { GenerateRequest } from '../api/generation.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import type { Variable } from '../tensor/variable.ts';
import type { DecoderSteps } from './decoder-steps.ts';
import { DecoderRows } from './decoder-rows.ts';
import { disposeCache, NO_PREFIX } from './kv-cache.ts';
import { planDecoding } from './plan.ts';
import { readOn } from './prefix.ts';

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

/** Waiting samples enter when so large a share of the rows is free: reading prompts one by one would be dear. */
const REFILL_SHARE = 1 / 4;

/**
 * Samples completions of prompts of any lengths, many at a time: finished samples leave, waiting ones take their rows,
 * and when none waits the rows become fewer.
 *
 * The token at place t of sample s of prompt `id` is decided by the logits and by one random number that is a function
 * of (seed, id, s, t) alone: neither the other prompts nor an interruption change it. Tokens that all prompts begin with
 * are read once, so that with other prompts beside it a prompt's logits may differ by rounding.
 *
 * @param onPrompt Called with each prompt's samples when they are done.
 * @throws RangeError if a prompt and its completion do not fit the model's context.
 */
export async function generate(
  request: GenerateRequest,
  context: GenerateContext,
  onPrompt: (promptIndex: number, samples: readonly SampledTokens[]) => void,
): Promise<void> {
  const { places, shared, ...size } = planDecoding(request, context.config);
  const unfinished = request.prompts.map(() => request.numGenerations);
  const samples = request.prompts.map((): SampledTokens[] => []);
  let done = 0;
  const finish = (prompt: number, number: number, sample: SampledTokens) => {
    samples[prompt]![number] = sample;
    if (--unfinished[prompt]! > 0) return;
    onPrompt(prompt, samples[prompt]!);
    context.onProgress(++done, request.prompts.length);
  };

  const begun = await readOn(NO_PREFIX, request.prompts[0]?.promptIds.slice(0, shared) ?? [], request, context);
  const rows = new DecoderRows(size, begun, request, context, finish);
  let waiting = 0; // index of the first place that waits
  try {
    while (waiting < places.length || rows.active > 0) {
      await setImmediate();
      context.signal?.throwIfAborted();
      const free = rows.count - rows.active;
      if (waiting < places.length && free >= Math.ceil(rows.count * REFILL_SHARE)) {
        waiting += await rows.admit(places.slice(waiting, waiting + free));
        continue;
      }
      if (waiting === places.length) rows.shrink();
      rows.step();
    }
  } finally {
    rows.dispose();
    disposeCache(begun.cache);
  }
}
