import { writeFile } from 'node:fs/promises';

import { prepareData, prepareFile, rowsWithCompletion } from '../../activities/data/prepare.ts';
import { withMeasuredPrecision } from '../../activities/precision.ts';
import { jsonLines } from '../../activities/run-data.ts';
import type { Estimate } from '../../activities/statistics.ts';
import type { Work } from '../../activities/work.ts';
import type { Recipe, UnresolvedRecipe } from '../../configs/load.ts';
import type { ModelClient } from '../../server/client.ts';
import { UsageError } from '../failure.ts';
import { parseNumber } from '../json-input.ts';
import { table, type Output } from '../output.ts';
import { parsePrecision } from '../precision.ts';

/** What the command line gave. */
export type EvalValues = Readonly<
  Partial<
    Record<
      | ('model' | 'workspace' | 'data' | 'config' | 'problems' | 'against' | 'judge' | 'judge-params' | 'samples')
      | ('k' | 'temperature' | 'max-tokens' | 'window' | 'few-shot' | 'output' | 'precision'),
      string
    >
  >
> & { readonly raw?: boolean; readonly set?: readonly string[] };

/** The recipe as it is run on a model server, in the precision of the command line where it names one. */
export function recipeOn(
  model: ModelClient,
  recipe: UnresolvedRecipe,
  { precision: text }: EvalValues,
): Promise<Recipe> {
  if (text === undefined) return withMeasuredPrecision(recipe, model);
  const precision = parsePrecision(text);
  return withMeasuredPrecision({ ...recipe, precision: { training: precision, rollouts: precision } }, model);
}

/** The rows to measure on, those of --data or the recipe's evaluation rows, and solved training rows to show before each. */
export async function rowsFor(recipe: UnresolvedRecipe, { data, 'few-shot': fewShot }: EvalValues) {
  const count = parseNumber('few-shot', fewShot, { fallback: 0, min: 0, isWhole: true });
  if (data !== undefined) {
    if (count > 0) throw new UsageError("--few-shot shows the recipe's training rows; it cannot be used with --data");
    return { rows: await prepareFile(data, recipe.data, recipe.task), examples: [] };
  }
  const { train, evaluation } = await prepareData(recipe.data, recipe.task, recipe.seed);
  return { rows: evaluation, examples: rowsWithCompletion(train, recipe.task).slice(0, count) };
}

/** Estimates as a table. */
export function valueLines(values: Readonly<Record<string, Estimate>>): string[] {
  const short = (value: number) => String(Number(value.toPrecision(4)));
  const rows = Object.entries(values).map(([name, { value, interval, n }]) => [
    ...[name, short(value), interval.map(short).join(' to '), String(n)],
  ]);
  return table([['', 'value', '95 % interval', 'n'], ...rows]);
}

/** Work that only the terminal watches. */
export function watchedBy(output: Output): Work {
  return { signal: new AbortController().signal, report: (progress) => output.status(progress) };
}

export async function writeLines(file: string | undefined, lines: readonly object[]): Promise<void> {
  if (file !== undefined) await writeFile(file, jsonLines(lines));
}
