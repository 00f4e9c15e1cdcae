import * as z from 'zod';

import type { JudgedSample } from '../../rewards/host/messages.ts';
import type { loadReward } from '../../rewards/load.ts';
import { declaredColumns, judgeWith } from '../../rewards/score.ts';
import { formatPath } from '../../sdk/findings.ts';
import type { Outcome, Sample } from '../../sdk/reward.ts';
import { UsageError } from '../failure.ts';
import { readNumberedLines } from '../json-input.ts';

export type Loaded = Awaited<ReturnType<typeof loadReward>>;
type Params = Readonly<Record<string, unknown>>;

/** A completion to judge, and where it came from. */
export interface InputLine extends Sample {
  readonly where: string;
  readonly group: unknown;
  /** Overrides those of the command. */
  readonly params: Params;
}

const Line = z.looseObject({
  completion: z.string(),
  prompt: z.string().default(''),
  finishReason: z.enum(['stop', 'length']).default('stop'),
  params: z.record(z.string(), z.unknown()).default({}),
  /** Samples of one prompt, for a reward that judges groups. Without it, lines with the same prompt. */
  group: z.union([z.string(), z.number()]).optional(),
});

/** What `--input` gives in the help of each command. */
export const INPUT_HELP = 'lines {"completion", …columns}, optional "prompt", "params", "finishReason", "group"';

/** @throws UsageError naming the file and line that does not fit. */
export async function readInput(file: string | undefined): Promise<InputLine[]> {
  const lines = await readNumberedLines(file, Line);
  return lines.map(({ value, where }) => {
    const { completion, prompt, finishReason, params, group } = value;
    return { where, completion, prompt, finishReason, params, row: value, group: group ?? (prompt || where) };
  });
}

/** @throws UsageError unless `text` is a JSON object. */
export function parseParams(text: string | undefined): Params {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Params;
  } catch {
    // said below
  }
  throw new UsageError(`--params: got ${text}, expected a JSON object`);
}

/**
 * Checks every line before any is judged: its params, and the columns that the reward reads.
 *
 * @throws UsageError with the place of each problem.
 */
export async function checkInput({ reward, pool }: Loaded, lines: readonly InputLine[], params: Params): Promise<void> {
  const problems: string[] = [];
  for (const [key, members] of byParams(lines, params)) {
    const findings = await pool.checkParams(JSON.parse(key));
    for (const { path, message } of findings) {
      const place = Object.keys(members[0]!.params).length > 0 ? members[0]!.where : '--params';
      problems.push(`${place}: params.${formatPath(path)}: ${message}`);
    }
  }
  for (const { column, message, rows, first } of await pool.checkColumns(
    lines.map(({ row }) => declaredColumns(reward.columns, row)),
  )) {
    const others = rows > 1 ? ` (and in ${rows - 1} more lines)` : '';
    problems.push(`${lines[first]!.where}: column ${column}: ${message}${others}`);
  }
  if (problems.length > 0) throw new UsageError(problems.map((each) => `reward ${reward.name}: ${each}`).join('\n'));
}

/** What a reward makes of each line, in order. */
export async function judgeInput(
  loaded: Loaded,
  lines: readonly InputLine[],
  params: Params,
  signal: AbortSignal = new AbortController().signal,
): Promise<JudgedSample[]> {
  const results = new Map<InputLine, JudgedSample>();
  for (const [key, members] of byParams(lines, params)) {
    const groups = members.map(({ group }) => group);
    const judged = await judgeWith(loaded, members, groups, { signal, params: JSON.parse(key) });
    members.forEach((line, i) => results.set(line, judged[i]!));
  }
  return lines.map((line) => results.get(line)!);
}

/** An outcome as a line of JSON output. */
export function outcomeLine({ outcome, columns }: JudgedSample) {
  return {
    ...{ outcome: outcome.outcome, score: 'score' in outcome ? outcome.score : null, reason: outcome.reason ?? null },
    ...(columns && { columns }),
  };
}

/** `scored 0.5: reason` */
export function outcomeText(outcome: Outcome): string {
  const score = 'score' in outcome ? ` ${Number(outcome.score.toPrecision(6))}` : '';
  return `${outcome.outcome}${score}${outcome.reason === undefined ? '' : `: ${outcome.reason}`}`;
}

/** Lines by their params, which override the command's. */
function byParams(lines: readonly InputLine[], params: Params): Map<string, InputLine[]> {
  return Map.groupBy(lines, (line) => JSON.stringify({ ...params, ...line.params }));
}
