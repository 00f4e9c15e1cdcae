import type { GeneratePrompt, GenerateRequest } from '../api/generation.ts';
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
  /** Tokens that all prompts begin with, and that are read once for all. */
  readonly shared: number;
}

/**
 * What follows a prefix in prompts read together, padded on the right to one length, and the rows that continue them. Few
 * different shapes.
 */
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
/** Tokens of prompts read at once, padding included. */
const MAX_PREFILL_TOKENS = 4096;
/** Keys that those tokens attend to at most, all prompts together: each prompt has the prefix again. */
const MAX_PREFILL_KEYS = 2 ** 16;
/** So many tokens that all prompts share are read apart. For fewer it would not pay to trace one more shape. */
const MIN_SHARED = 64;
/** Tokens of one prompt read at once: attention's scores grow with their number times that of all before them. */
export const CHUNK = 1024;

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
  return { places, rows, capacity, shared: sharedLength(prompts) };
}

/** How many first tokens of all prompts are equal, rounded down to one of few lengths. Each prompt has one token more. */
function sharedLength(prompts: GenerateRequest['prompts']): number {
  const [first, ...others] = prompts.map(({ promptIds }) => promptIds);
  if (!first || others.length === 0) return 0;
  let shared = Math.min(first.length, ...others.map(({ length }) => length)) - 1;
  for (const ids of others) {
    const end = first.findIndex((id, i) => i >= shared || ids[i] !== id);
    shared = Math.min(shared, end);
  }
  return shared < MIN_SHARED ? 0 : shared - (shared % PROMPT_LENGTH_STEP);
}

/**
 * How many tokens of a prompt are read before what is read of it with other prompts: those that all share, and of a long
 * one all but its end.
 */
export function prefixLength({ promptIds }: GeneratePrompt, shared: number): number {
  const own = promptIds.length - shared;
  return own <= 2 * CHUNK ? shared : shared + CHUNK * Math.floor((own - 1) / CHUNK);
}

/** The first of these places, whose prompts are read at once: they have one prefix. */
export function prefillGroup(places: readonly Place[], prompts: GenerateRequest['prompts'], shared: number): Place[] {
  const group: Place[] = [];
  const distinct = new Set<number>();
  for (const place of places) {
    const prompt = prompts[place.prompt]!;
    const prefix = prefixLength(prompt, shared);
    const length = roundUp(prompt.promptIds.length - prefix, PROMPT_LENGTH_STEP); // the longest so far
    const isFurther = distinct.size > 0 && !distinct.has(place.prompt);
    const count = distinct.size + 1;
    const isTooMuch = count * length > MAX_PREFILL_TOKENS || count * (prefix + length) > MAX_PREFILL_KEYS;
    if (isFurther && (prefix > shared || isTooMuch)) break;
    group.push(place);
    distinct.add(place.prompt);
  }
  return group;
}

/**
 * @param rows The row of the cache that each place gets.
 * @param prefix Tokens of each prompt that have been read.
 */
export function promptBatch(
  places: readonly Place[],
  rows: readonly number[],
  prompts: GenerateRequest['prompts'],
  prefix: number,
): PromptBatch {
  const distinct = [...new Set(places.map(({ prompt }) => prompt))];
  const rest = distinct.map((prompt) => prompts[prompt]!.promptIds.slice(prefix));
  const promptCount = fewSizes(distinct.length);
  const promptLength = roundUp(Math.max(...rest.map(({ length }) => length)), PROMPT_LENGTH_STEP);
  const promptIds = new Int32Array(promptCount * promptLength);
  const promptLengths = new Int32Array(promptCount).fill(1);
  rest.forEach((ids, i) => {
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
