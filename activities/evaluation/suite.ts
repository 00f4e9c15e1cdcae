import type { Recipe } from '../../configs/schema/recipe.ts';
import type { ModelClient, SamplingOptions, SetRef } from '../../server/client.ts';
import type { PreparedRow } from '../data/prepare.ts';
import { cutFewShotCompletion, renderFewShotPrompt } from '../data/task.ts';
import type { SamplesRecord } from '../judging.ts';
import { preparePrompts, sample, tokensOf } from '../sampling.ts';
import type { Estimate } from '../statistics.ts';
import type { Work } from '../work.ts';

/** What a suite works on. */
export interface SuiteContext {
  readonly model: ModelClient;
  readonly recipe: Recipe;
  readonly policy: SetRef;
  /** The checkpoint to compare with; null where there is none. */
  readonly opponent: SetRef | null;
  /** The recipe's evaluation rows, in their order. */
  readonly rows: readonly PreparedRow[];
  /** Rows of the suite's own file; null where it has none. */
  readonly ownRows: readonly Readonly<Record<string, unknown>>[] | null;
  /** Solved rows to show before each prompt of the task, for a model that does not know it. */
  readonly examples: readonly PreparedRow[];
  /** Names the random stream. */
  readonly stream: string;
  /** Where the judged samples are kept; null for nowhere. */
  readonly record: SamplesRecord | null;
}

/** What a suite found. */
export interface SuiteFindings {
  /** By name, the most telling first. */
  readonly values: Readonly<Record<string, Estimate>>;
  /** Completions, or pairs of them, that nobody could judge. In no value. */
  readonly unjudged: number;
  /** Everything it was found from, one line for each text, prompt or completion. */
  readonly lines: readonly object[];
  /** Generated or scored. */
  readonly tokens: number;
}

interface CompletionRequest {
  readonly set: SetRef;
  readonly rows: readonly PreparedRow[];
  readonly numGenerations: number;
  readonly sampling: SamplingOptions;
  /** Added to the suite's stream. */
  readonly stream?: string;
}

/** Completions of rows by the recipe's task, those of one row together, ready to be judged. */
export async function completeRows(
  { model, recipe, examples, stream }: SuiteContext,
  { set, rows, numGenerations, sampling, stream: more = '' }: CompletionRequest,
  work: Work,
) {
  const render = (row: PreparedRow) => renderFewShotPrompt(recipe.task, examples, row);
  const ids = rows.map(({ id }) => id);
  const prompts = await preparePrompts(model, { recipe, set, rows, ids, ...(examples.length > 0 && { render }) }, work);
  const request = { set, prompts, stream: stream + more, numGenerations, sampling, recipe };
  const answers = await sample(model, request, work);
  const samples = answers.map((completions, group) =>
    completions.map((completion, index) => {
      const { text, finishReason } = examples.length > 0 ? cutFewShotCompletion(completion) : completion;
      const { id, text: prompt, row } = prompts[group]!;
      return { id, group, index, prompt, completion: text, finishReason, row };
    }),
  );
  return { samples, tokens: tokensOf(answers) };
}

/** A line of a suite's file of samples: the row is named, not repeated. */
export function lineOf<Sample extends { readonly row: unknown }>({ row: _, ...line }: Sample): Omit<Sample, 'row'> {
  return line;
}

/** @throws RangeError when nothing could be judged: that is no value of 0. */
export function refuseNothing(suite: string, judged: number, reasons: unknown): void {
  if (judged > 0) return;
  throw new RangeError(
    `evaluation suite ${suite}: nothing could be judged, so there is no result; the first verdict was: ` +
      JSON.stringify(reasons ?? 'none, for there are no rows'),
  );
}
