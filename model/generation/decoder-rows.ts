import { uniform } from '../../sdk/random.ts';
import type { GenerateRequest } from '../api/generation.ts';
import * as tf from '../tf.ts';
import type { GenerateContext, SampledTokens } from './generate.ts';
import { createCache, disposeCache } from './kv-cache.ts';
import type { KeyValueCache, Prefix } from './kv-cache.ts';
import { fewSizes, prefillGroup, prefixLength, promptBatch } from './plan.ts';
import type { DecodePlan, Place } from './plan.ts';
import { readOn } from './prefix.ts';
import type { Sampled, TokenChoice } from './sampler.ts';

/** A sample on its way. */
interface Row extends Place {
  readonly tokens: SampledTokens;
}

/** The rows of a cache, and the sample that each of them is drawing. */
export class DecoderRows {
  readonly #capacity: number;
  readonly #shared: Prefix;
  readonly #request: GenerateRequest;
  readonly #context: GenerateContext;
  readonly #finish: (prompt: number, sample: number, tokens: SampledTokens) => void;
  readonly #choice: TokenChoice;
  #rows: (Row | undefined)[];
  #cache: KeyValueCache;
  /** The long prompt read last. */
  #long: { readonly prompt: number; readonly prefix: Prefix } | null = null;

  /** @param shared What all prompts begin with; the caller disposes of it. */
  constructor(
    { rows, capacity }: Pick<DecodePlan, 'rows' | 'capacity'>,
    shared: Prefix,
    request: GenerateRequest,
    context: GenerateContext,
    finish: (prompt: number, sample: number, tokens: SampledTokens) => void,
  ) {
    this.#capacity = capacity;
    this.#shared = shared;
    this.#request = request;
    this.#context = context;
    this.#finish = finish;
    const { temperature, topK, topP } = request.sampling;
    this.#choice = { temperature, topK, topP };
    this.#rows = new Array<Row | undefined>(rows).fill(undefined);
    this.#cache = createCache(context.config, rows, capacity, request.precision);
  }

  get count(): number {
    return this.#rows.length;
  }

  get active(): number {
    return this.#rows.reduce((count, row) => count + (row ? 1 : 0), 0);
  }

  /**
   * Reads the prompts of the first of these places into free rows and draws their first tokens.
   *
   * @returns How many places were admitted: those whose prompts are read at once.
   */
  async admit(waiting: readonly Place[]): Promise<number> {
    const { prompts } = this.#request;
    const places = prefillGroup(waiting, prompts, this.#shared.length);
    const prefix = await this.#prefixOf(places[0]!.prompt); // of all of them
    const free = this.#rows.flatMap((row, index) => (row ? [] : [index])).slice(0, places.length);
    const batch = promptBatch(places, free, prompts, prefix.length);
    places.forEach((place, i) => {
      this.#rows[free[i]!] = { ...place, tokens: { tokenIds: [], logProbs: [], finishReason: 'length' } };
    });
    this.#take([...batch.rows.slice(0, places.length)], () =>
      this.#context.steps.prefill(
        this.#context.weights,
        this.#cache,
        prefix,
        {
          ids: tf.tensor2d(batch.promptIds, [batch.promptCount, batch.promptLength], 'int32'),
          lengths: tf.tensor1d(batch.promptLengths, 'int32'),
        },
        { rows: tf.tensor1d(batch.rows, 'int32'), prompts: tf.tensor1d(batch.promptOfRow, 'int32') },
        this.#uniforms([...batch.rows]),
        this.#choice,
      ),
    );
    return places.length;
  }

  /** What is read of a prompt before it is read with others. A long one's is kept while its samples come. */
  async #prefixOf(prompt: number): Promise<Prefix> {
    const { length } = this.#shared;
    const { promptIds } = this.#request.prompts[prompt]!;
    const end = prefixLength(this.#request.prompts[prompt]!, length);
    if (end === length) return this.#shared;
    if (this.#long?.prompt !== prompt) {
      this.#forgetLong();
      const prefix = await readOn(this.#shared, promptIds.slice(length, end), this.#request, this.#context);
      this.#long = { prompt, prefix };
    }
    return this.#long.prefix;
  }

  #forgetLong(): void {
    if (this.#long) disposeCache(this.#long.prefix.cache);
    this.#long = null;
  }

  /** Draws the next token of every row. */
  step(): void {
    const all = this.#rows.map((_, index) => index);
    const ints = (of: (row: Row) => number) =>
      tf.tensor1d(
        Int32Array.from(this.#rows, (row) => (row ? of(row) : 0)),
        'int32',
      );
    this.#take(all, () =>
      this.#context.steps.step(
        this.#context.weights,
        this.#cache,
        ints(({ tokens }) => tokens.tokenIds.at(-1)!),
        ints(({ prompt, tokens }) => this.#request.prompts[prompt]!.promptIds.length + tokens.tokenIds.length - 1),
        this.#uniforms(all),
        this.#capacity,
        this.#choice,
      ),
    );
  }

  /** Moves what is left to a cache of fewer rows, where that is at most half of them. */
  shrink(): void {
    const { config, steps } = this.#context;
    const kept = this.#rows.flatMap((row, index) => (row ? [index] : []));
    const count = fewSizes(kept.length);
    if (kept.length === 0 || count > this.count / 2) return;
    const smaller = createCache(config, count, this.#capacity, this.#request.precision);
    const from = Int32Array.from({ length: count }, (_, row) => kept[row] ?? kept[0]!);
    tf.tidy(() => void steps.moveCache(this.#cache, smaller, tf.tensor1d(from, 'int32')).dataSync());
    disposeCache(this.#cache);
    this.#cache = smaller;
    this.#rows = Array.from({ length: count }, (_, row) => this.#rows[kept[row] ?? -1]);
  }

  dispose(): void {
    this.#forgetLong();
    disposeCache(this.#cache);
  }

  /** The random numbers of the next token of these rows; 0 for a row without a sample. */
  #uniforms(rows: readonly number[]): tf.Tensor1D {
    const { prompts, seed } = this.#request;
    return tf.tensor1d(
      Float32Array.from(rows, (index) => {
        const row = this.#rows[index];
        return row ? uniform(seed, prompts[row.prompt]!.id, row.sample, row.tokens.tokenIds.length) : 0;
      }),
    );
  }

  /** Adds what was drawn for these rows to their samples; those that end leave. */
  #take(rows: readonly number[], draw: () => Sampled): void {
    const { sampling } = this.#request;
    const [ids, logProbs] = tf.tidy(() => {
      const sampled = draw();
      return [sampled.tokens.dataSync(), sampled.logProbs.dataSync()];
    });
    rows.forEach((index, i) => {
      const row = this.#rows[index];
      if (!row) return;
      const { tokens, prompt, sample } = row;
      tokens.tokenIds.push(ids[i]!);
      tokens.logProbs.push(logProbs[i]!);
      const isStop = this.#context.stopIds.has(ids[i]!);
      if (!isStop && tokens.tokenIds.length < sampling.maxTokens) return;
      if (isStop) tokens.finishReason = 'stop';
      this.#rows[index] = undefined;
      this.#finish(prompt, sample, tokens);
    });
  }
}
