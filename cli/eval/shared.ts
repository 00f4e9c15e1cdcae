import { writeFile } from 'node:fs/promises';

import { jsonLines } from '../../activities/run-data.ts';
import type { Estimate } from '../../activities/statistics.ts';
import type { Work } from '../../activities/work.ts';
import { table, type Output } from '../output.ts';

/** What the command line gave. */
export type EvalValues = Readonly<
  Partial<
    Record<
      | ('model' | 'workspace' | 'data' | 'config' | 'problems' | 'against' | 'judge' | 'judge-params' | 'samples')
      | ('k' | 'temperature' | 'max-tokens' | 'window' | 'few-shot' | 'output'),
      string
    >
  >
> & { readonly raw?: boolean };

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
