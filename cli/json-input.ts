import { readFile } from 'node:fs/promises';
import type * as z from 'zod';

import { findProblems, formatPath } from '../sdk/findings.ts';
import { UsageError } from './failure.ts';

/**
 * Reads JSON lines and checks each.
 *
 * @throws UsageError naming the first line that does not fit.
 */
export async function readJsonLines<Schema extends z.ZodType>(
  file: string | undefined,
  schema: Schema,
): Promise<z.infer<Schema>[]> {
  return (await readNumberedLines(file, schema)).map(({ value }) => value);
}

/** The same, with the place of each: `file:line`. */
export async function readNumberedLines<Schema extends z.ZodType>(
  file: string | undefined,
  schema: Schema,
): Promise<{ readonly value: z.infer<Schema>; readonly where: string }[]> {
  if (file === undefined) throw new UsageError('--input is missing: a file of JSON lines');
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--input ${file}: cannot be read: ${error.message}`);
  });
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const where = `${file}:${index + 1}`;
    const result = findProblems(schema, parse(line, where));
    if ('data' in result) return [{ value: result.data, where }];
    const problems = result.findings.map(({ path, message }) => `${where}: ${formatPath(path)}: ${message}`);
    throw new UsageError(problems.join('\n'));
  });
}

function parse(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new UsageError(`${where}: got no JSON: ${(error as Error).message}`);
  }
}

/** A number from the command line. @throws UsageError when it is none, or outside its bounds. */
export function parseNumber(
  name: string,
  text: string | undefined,
  {
    fallback,
    min,
    max = Infinity,
    isWhole = false,
  }: { fallback: number; min: number; max?: number; isWhole?: boolean },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!isWhole || Number.isSafeInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new UsageError(
    `--${name}: got ${text}, expected ${kind} ${max === Infinity ? `from ${min}` : `from ${min} to ${max}`}`,
  );
}
