import type { GenerateRequest } from '../engine-api.ts';

/** Prompts and samples that are decoded together, in tensors of one shape. */
export interface DecodeBatch {
  /** What each row samples; the rows from `rows.length` to `rowCount` are padding. */
  readonly rows: readonly { readonly prompt: number; readonly sample: number }[];
  readonly rowCount: number;
  /** Distinct prompts in the batch, padding included; each is read once for all its samples. */
  readonly promptCount: number;
  readonly promptLength: number;
  /** [promptCount * promptLength] */
  readonly promptIds: Int32Array;
  /** [promptCount] */
  readonly promptLengths: Int32Array;
  /** [rowCount] */
  readonly promptOfRow: Int32Array;
  /** Tokens of each row's prompt. [rowCount] */
  readonly lengths: Int32Array;
  /** Tokens a row has room for in the cache. */
  readonly capacity: number;
}

/** Rows decoded together: beyond it, more rows no longer make a step cheaper for each. */
const MAX_ROWS = 64;
const PROMPT_LENGTH_STEP = 16;
const CAPACITY_STEP = 32;

/**
 * Groups prompts into batches: of similar length, so that little is padding, and of few shapes, so that little is traced.
 *
 * @throws RangeError if a prompt is empty, or does not leave room for the completion in `context` tokens.
 */
export function planBatches(request: GenerateRequest, context: number): readonly DecodeBatch[] {
  const { prompts, numGenerations, sampling } = request;
  prompts.forEach(({ id, promptIds }) => {
    const needed = promptIds.length + sampling.maxTokens;
    if (promptIds.length === 0) throw new RangeError(`generate: prompt ${id} is empty; it needs at least BOS`);
    if (needed > context) {
      throw new RangeError(
        `generate: prompt ${id} has ${promptIds.length} tokens and maxTokens is ${sampling.maxTokens}, together ` +
          `${needed}; the model's context is ${context}`,
      );
    }
  });
  const byLength = prompts.map((_, prompt) => prompt);
  byLength.sort((a, b) => prompts[a]!.promptIds.length - prompts[b]!.promptIds.length || a - b);
  const rows = byLength.flatMap((prompt) =>
    Array.from({ length: numGenerations }, (_, sample) => ({ prompt, sample })),
  );
  // Whole prompts in a batch where they fit, so that each is read once.
  const perBatch = numGenerations > MAX_ROWS ? MAX_ROWS : Math.floor(MAX_ROWS / numGenerations) * numGenerations;
  return Array.from({ length: Math.ceil(rows.length / perBatch) }, (_, i) =>
    batchOf(rows.slice(i * perBatch, (i + 1) * perBatch), request, Math.min(perBatch, rows.length)),
  );
}

function batchOf(rows: DecodeBatch['rows'], { prompts, sampling }: GenerateRequest, usualRows: number): DecodeBatch {
  const distinct = [...new Set(rows.map(({ prompt }) => prompt))];
  const rowCount = rows.length === usualRows ? rows.length : Math.min(usualRows, powerOfTwo(rows.length));
  const promptCount = Math.min(rowCount, rowCount === rows.length ? distinct.length : powerOfTwo(distinct.length));
  const longest = Math.max(...distinct.map((prompt) => prompts[prompt]!.promptIds.length));
  const promptLength = roundUp(longest, PROMPT_LENGTH_STEP);
  const promptIds = new Int32Array(promptCount * promptLength);
  const promptLengths = new Int32Array(promptCount).fill(1);
  distinct.forEach((prompt, i) => {
    const ids = prompts[prompt]!.promptIds;
    promptIds.set(ids, i * promptLength);
    promptLengths[i] = ids.length;
  });
  const place = new Map(distinct.map((prompt, i) => [prompt, i]));
  const promptOfRow = Int32Array.from({ length: rowCount }, (_, row) => place.get(rows[row]?.prompt ?? -1) ?? 0);
  return {
    rows,
    rowCount,
    promptCount,
    promptLength,
    promptIds,
    promptLengths,
    promptOfRow,
    lengths: promptOfRow.map((prompt) => promptLengths[prompt]!),
    capacity: roundUp(longest + sampling.maxTokens, CAPACITY_STEP),
  };
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;
const powerOfTwo = (value: number): number => 2 ** Math.ceil(Math.log2(value));
