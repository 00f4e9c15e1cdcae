import type { GenerateRequest } from '../api/generation.ts';
import { kvCacheBytes } from '../gemma3/config.ts';
import type { Gemma3Config } from '../gemma3/config.ts';

/** A sample to draw: number `sample` of prompt `prompt`. */
export interface Place {
  readonly prompt: number;
  readonly sample: number;
}

/** In which order samples are drawn, and in a cache of which size. */
export interface DecodePlan {
  /** By length of prompt, samples of one prompt side by side, so that they are read together and little is padding. */
  readonly places: readonly Place[];
  /** Samples decoded together at most. */
  readonly rows: number;
  /** Tokens a row has room for in the cache. */
  readonly capacity: number;
}

/** Prompts read together, padded on the right to one length, and the rows that continue them. Few different shapes. */
export interface PromptBatch {
  readonly promptCount: number;
  readonly promptLength: number;
  /** [promptCount * promptLength] */
  readonly promptIds: Int32Array;
  /** [promptCount] */
  readonly promptLengths: Int32Array;
  /** Rows of the cache, the last one repeated as padding. [entries] */
  readonly rows: Int32Array;
  /** For each of them, the prompt in this batch that it continues. [entries] */
  readonly promptOfRow: Int32Array;
}

/** Rows decoded together: beyond it, more rows no longer make a step cheaper for each. */
const MAX_ROWS = 64;
/** The cache takes this much at most, unless a single row takes more. */
const MAX_CACHE_BYTES = 4 * 2 ** 30;
const PROMPT_LENGTH_STEP = 16;
const CAPACITY_STEP = 32;
/** Tokens of prompts read at once, padding included; a longer prompt is read alone. */
const MAX_PREFILL_TOKENS = 4096;

/**
 * Plans the decoding of a request.
 *
 * @throws RangeError if a prompt is empty, or does not leave room for the completion in the model's context.
 */
export function planDecoding(request: GenerateRequest, config: Gemma3Config): DecodePlan {
  const { prompts, numGenerations, sampling, precision } = request;
  prompts.forEach(({ id, promptIds }) => {
    const needed = promptIds.length + sampling.maxTokens;
    if (promptIds.length === 0) throw new RangeError(`generate: prompt ${id} is empty; it needs at least BOS`);
    if (needed > config.maxPositionEmbeddings) {
      throw new RangeError(
        `generate: prompt ${id} has ${promptIds.length} tokens and maxTokens is ${sampling.maxTokens}, together ` +
          `${needed}; the model's context is ${config.maxPositionEmbeddings}`,
      );
    }
  });
  const byLength = prompts.map((_, prompt) => prompt);
  byLength.sort((a, b) => prompts[a]!.promptIds.length - prompts[b]!.promptIds.length || a - b);
  const places = byLength.flatMap((prompt) =>
    Array.from({ length: numGenerations }, (_, sample) => ({ prompt, sample })),
  );
  const longest = Math.max(0, ...prompts.map(({ promptIds }) => promptIds.length));
  const capacity = roundUp(longest + sampling.maxTokens, CAPACITY_STEP);
  const affordable = Math.floor(MAX_CACHE_BYTES / kvCacheBytes(config, capacity, precision === 'bfloat16' ? 2 : 4));
  const rows = Math.min(MAX_ROWS, fewSizes(places.length), 2 ** Math.floor(Math.log2(Math.max(1, affordable))));
  return { places, rows, capacity };
}

/** Cuts places into groups whose prompts are read at once. */
export function prefillGroups(places: readonly Place[], prompts: GenerateRequest['prompts']): readonly Place[][] {
  const groups: Place[][] = [];
  let distinct = new Set<number>();
  for (const place of places) {
    const length = roundUp(prompts[place.prompt]!.promptIds.length, PROMPT_LENGTH_STEP); // the longest so far
    const count = distinct.has(place.prompt) ? distinct.size : distinct.size + 1;
    if (groups.length === 0 || count * length > MAX_PREFILL_TOKENS) {
      groups.push([]);
      distinct = new Set();
    }
    groups.at(-1)!.push(place);
    distinct.add(place.prompt);
  }
  return groups;
}

/** @param rows The row of the cache that each place gets. */
export function promptBatch(
  places: readonly Place[],
  rows: readonly number[],
  prompts: GenerateRequest['prompts'],
): PromptBatch {
  const distinct = [...new Set(places.map(({ prompt }) => prompt))];
  const promptCount = fewSizes(distinct.length);
  const promptLength = roundUp(
    Math.max(...distinct.map((prompt) => prompts[prompt]!.promptIds.length)),
    PROMPT_LENGTH_STEP,
  );
  const promptIds = new Int32Array(promptCount * promptLength);
  const promptLengths = new Int32Array(promptCount).fill(1);
  distinct.forEach((prompt, i) => {
    const ids = prompts[prompt]!.promptIds;
    promptIds.set(ids, i * promptLength);
    promptLengths[i] = ids.length;
  });
  const indexOf = new Map(distinct.map((prompt, i) => [prompt, i]));
  const entries = Array.from({ length: fewSizes(places.length) }, (_, i) => Math.min(i, places.length - 1));
  return {
    ...{ promptCount, promptLength, promptIds, promptLengths },
    rows: Int32Array.from(entries, (i) => rows[i]!),
    promptOfRow: Int32Array.from(entries, (i) => indexOf.get(places[i]!.prompt)!),
  };
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Rounds a number of rows up to one of few, for each is a shape to be traced: 1, 2, 4, then multiples of 8. */
export const fewSizes = (count: number): number => (count <= 4 ? 2 ** Math.ceil(Math.log2(count)) : roundUp(count, 8));
