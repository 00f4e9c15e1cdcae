import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

import type { Condition } from '../../configs/schema/data.ts';

/** One row of a data file: columns and their JSON values. */
export type Row = Readonly<Record<string, unknown>>;

/** Data that cannot be used. Nothing to retry: the message says which file, line and column. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/**
 * Reads a JSONL file; empty lines are passed over.
 *
 * @throws DataError naming the line that is not a JSON object, or the file that cannot be read or holds no row.
 */
export async function readRows(file: string): Promise<Row[]> {
  const rows: Row[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      number++;
      const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
      if (text.trim() !== '') rows.push(parseRow(text, `${file}:${number}`));
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (rows.length === 0) throw new DataError(`${file}: got no rows, expected one JSON object on each line`);
  return rows;
}

function parseRow(text: string, where: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${where}: got ${quote(text)}, expected a JSON object (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DataError(`${where}: got ${quote(text)}, expected a JSON object`);
  return value as Row;
}

function quote(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/**
 * Rows that have columns under further names as well.
 *
 * @param columns New name to name in the file.
 * @throws DataError for a column that no row has, or a new name that a row has already.
 */
export function nameColumns(rows: readonly Row[], columns: Readonly<Record<string, string>>, file: string): Row[] {
  const names = Object.entries(columns);
  for (const [name, column] of names) {
    if (!rows.some((row) => column in row)) {
      const there = Object.keys(rows[0] ?? {}).join(', ');
      throw new DataError(
        `${file}: no row has the column ${column} that data.columns.${name} names; there are: ${there}`,
      );
    }
    if (rows.some((row) => name in row))
      throw new DataError(`${file}: has a column ${name} already, expected a new name in data.columns`);
  }
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(names.filter(([, column]) => column in row).map(([name, column]) => [name, row[column]])),
  }));
}

/** What the `where` filters did, by column. */
export interface FilterCounts {
  /** Rows left out because the column holds something else. A row counts for its first such column. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Rows that passed because they lack the column. */
  readonly lacking: Readonly<Record<string, number>>;
}

/** The rows that meet every condition. */
export function filterRows(
  rows: readonly Row[],
  where: Readonly<Record<string, Condition>>,
): { readonly kept: Row[]; readonly counts: FilterCounts } {
  const rejected: Record<string, number> = {};
  const lacking: Record<string, number> = {};
  const kept = rows.filter((row) => {
    for (const [column, condition] of Object.entries(where)) {
      const value = row[column];
      if (value === undefined || value === null) lacking[column] = (lacking[column] ?? 0) + 1;
      else if (!meets(value, condition)) {
        rejected[column] = (rejected[column] ?? 0) + 1;
        return false;
      }
    }
    return true;
  });
  return { kept, counts: { rejected, lacking } };
}

function meets(value: unknown, condition: Condition): boolean {
  if (typeof condition !== 'object') return value === condition;
  return (
    (typeof value === 'string' || typeof value === 'number') && new RegExp(condition.matches, 'u').test(String(value))
  );
}
