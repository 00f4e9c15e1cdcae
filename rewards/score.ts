import { setTimeout } from 'node:timers/promises';

import { findProblems, formatPath } from '../sdk/findings.ts';
import { normalizeOutcomes, scoreOf } from '../sdk/outcomes.ts';
import type { Outcome, Reward, Sample } from '../sdk/reward.ts';
import type { LoadedReward } from './load.ts';

/** What one reward made of one completion. */
export type RewardPart = Outcome & { readonly name: string };

export interface ScoredSample {
  /** Weighted sum of the scores; null when a part that counts has none. Never a number made of faults. */
  readonly total: number | null;
  /** One for each reward of the mixture, in its order. */
  readonly parts: readonly RewardPart[];
}

/**
 * Judges completions with every reward of a mixture.
 *
 * A reward sees its declared columns only. It is called once, with all samples; an exception makes its outcomes
 * `infra_error`, silence beyond its `timeoutMs` makes them `timeout`. (Code that blocks the thread cannot be stopped from
 * here.) A row without the columns is abstained from. A reward of weight 0 is measured and adds nothing.
 *
 * @throws The signal's reason when that is aborted.
 */
export async function scoreSamples(
  rewards: readonly LoadedReward[],
  samples: readonly Sample[],
  { signal }: { readonly signal: AbortSignal },
): Promise<ScoredSample[]> {
  const judged = await Promise.all(rewards.map((loaded) => judge(loaded, samples, signal)));
  return samples.map((_, index) => {
    const parts = rewards.map(({ reward }, r) => ({ ...judged[r]![index]!, name: reward.name }));
    return { total: weightedSum(rewards, parts), parts };
  });
}

/**
 * Whether a completion is right: it has the highest score of the mixture's first reward. Null when that reward could not
 * judge it.
 */
export function isCorrect(rewards: readonly LoadedReward[], { parts: [first] }: ScoredSample): boolean | null {
  const score = first === undefined ? null : scoreOf(first);
  return score === null ? null : score === rewards[0]?.reward.range[1];
}

/**
 * What is wrong with the columns that rewards read, one line for each reward and column: how many rows, and the first.
 * Empty when all is well. To be asked before anything is loaded or sampled.
 */
export function columnProblems(
  rewards: readonly LoadedReward[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string[] {
  return rewards.flatMap(({ reward }) => {
    const counts = new Map<string, { message: string; rows: number; first: string }>();
    for (const [index, row] of rows.entries()) {
      const result = findProblems(reward.columns, declaredColumns(reward, row));
      for (const { path, message } of 'findings' in result ? result.findings : []) {
        const column = formatPath(path);
        const known = counts.get(column);
        if (known) known.rows++;
        else counts.set(column, { message, rows: 1, first: String(row.id ?? index + 1) });
      }
    }
    return [...counts].map(
      ([column, { message, rows: count, first }]) =>
        `reward ${reward.name}: column ${column}: ${message}; in ${count} of ${rows.length} rows, first in row ${first}`,
    );
  });
}

async function judge(
  { reward, params }: LoadedReward,
  samples: readonly Sample[],
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes = new Array<Outcome>(samples.length);
  const usable: { sample: Sample; index: number }[] = [];
  for (const [index, sample] of samples.entries()) {
    const row = reward.columns.safeParse(declaredColumns(reward, sample.row));
    if (row.success) usable.push({ sample: { ...sample, row: row.data as Sample['row'] }, index });
    else outcomes[index] = { outcome: 'abstained', reason: 'the row lacks a column that the reward reads' };
  }
  const judged = await callInTime(
    reward,
    usable.map(({ sample }) => sample),
    params,
    signal,
  );
  usable.forEach(({ index }, i) => (outcomes[index] = judged[i]!));
  return outcomes;
}

async function callInTime(
  reward: Reward,
  samples: readonly Sample[],
  params: unknown,
  signal: AbortSignal,
): Promise<Outcome[]> {
  signal.throwIfAborted();
  const all = (outcome: Outcome) => samples.map(() => outcome);
  const finished = new AbortController();
  const timeout = new AbortController();
  const late = setTimeout(reward.timeoutMs, 'late' as const, { signal: AbortSignal.any([signal, finished.signal]) });
  const context = { signal: AbortSignal.any([signal, timeout.signal]) };
  try {
    const raw = await Promise.race([Promise.resolve().then(() => reward.score(samples, params, context)), late]);
    if (raw !== 'late') return normalizeOutcomes(reward, raw, samples.length);
    timeout.abort(new Error(`reward ${reward.name}: no answer within ${reward.timeoutMs} ms`));
    return all({ outcome: 'timeout', reason: `no answer within ${reward.timeoutMs} ms` });
  } catch (error) {
    signal.throwIfAborted();
    return all({ outcome: 'infra_error', reason: error instanceof Error ? error.message : String(error) });
  } finally {
    finished.abort();
    late.catch(() => undefined); // its timer was cleared
  }
}

function declaredColumns(reward: Reward, row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  // Not instanceof: a plugin may bring its own copy of zod.
  if (!('shape' in reward.columns)) return row;
  const names = Object.keys(reward.columns.shape as object);
  return Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
}

function weightedSum(rewards: readonly LoadedReward[], parts: readonly RewardPart[]): number | null {
  let total = 0;
  for (const [index, part] of parts.entries()) {
    const weight = rewards[index]!.weight;
    if (weight === 0) continue;
    const score = scoreOf(part);
    if (score === null) return null;
    total += weight * score;
  }
  return total;
}
