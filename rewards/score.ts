import { isFault, scoreOf } from '../sdk/outcomes.ts';
import type { LoggedColumns, Outcome, Sample } from '../sdk/reward.ts';
import { compose, type Combine } from './compose.ts';
import type { JudgedSample } from './host/messages.ts';
import type { RewardServices } from './host/process.ts';
import type { LoadedReward } from './load.ts';

/** What one reward made of one completion. */
export type RewardPart = Outcome & {
  readonly name: string;
  /** What the reward logged for it. */
  readonly columns?: LoggedColumns;
};

export interface ScoredSample {
  /** What the scores come to; null when a part that counts has none. Never a number made of faults. */
  readonly total: number | null;
  /** One for each reward of the mixture, in its order. */
  readonly parts: readonly RewardPart[];
}

/** A completion to judge. Samples of one prompt share their `group`; without it, a sample is a group of its own. */
export interface GroupedSample extends Sample {
  readonly group?: string | number;
}

export interface ScoreOptions {
  readonly signal: AbortSignal;
  /** Default: `sum`. */
  readonly combine?: Combine;
  readonly services?: RewardServices;
}

/**
 * Judges completions with every reward of a mixture, each in processes of its own.
 *
 * A reward sees its declared columns only, and a row without them is abstained from. A reward of weight 0 is measured and
 * adds nothing.
 *
 * @throws The signal's reason when that is aborted.
 */
export async function scoreSamples(
  rewards: readonly LoadedReward[],
  samples: readonly GroupedSample[],
  { signal, combine = 'sum', services = {} }: ScoreOptions,
): Promise<ScoredSample[]> {
  const groups = samples.map(({ group }, index) => group ?? `alone ${index}`);
  const judged = await Promise.all(
    rewards.map((loaded) => judgeWith(loaded, samples, groups, { signal, services, params: loaded.params })),
  );
  const parts = samples.map((_, index) =>
    rewards.map(({ reward: { name } }, r): RewardPart => {
      const { outcome, columns } = judged[r]![index]!;
      return { ...outcome, name, ...(columns && { columns }) };
    }),
  );
  const composed = rewards.map(({ reward: { name, range }, weight }) => ({ name, range, weight }));
  const totals = compose(combine, composed, parts, groups);
  return samples.map((_, index) => ({ total: totals[index]!, parts: parts[index]! }));
}

/** What one reward makes of samples, in their order. */
export async function judgeWith(
  { reward, pool }: Pick<LoadedReward, 'reward' | 'pool'>,
  samples: readonly Sample[],
  groups: readonly unknown[],
  options: { readonly signal: AbortSignal; readonly services?: RewardServices; readonly params: unknown },
): Promise<JudgedSample[]> {
  const indices = [...samples.keys()];
  const units =
    reward.scope === 'group'
      ? [...Map.groupBy(indices, (index) => groups[index]).values()]
      : indices.map((index) => [index]);
  const given = samples.map(({ prompt, completion, finishReason, row }): Sample => {
    return { prompt, completion, finishReason, row: declaredColumns(reward.columns, row) };
  });
  const judged = await pool.judge(
    units.map((unit) => unit.map((index) => given[index]!)),
    options,
  );
  const results = new Array<JudgedSample>(samples.length);
  units.forEach((unit, u) => unit.forEach((index, i) => (results[index] = judged[u]![i]!)));
  return results;
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
export async function columnProblems(
  rewards: readonly LoadedReward[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<string[]> {
  const all = await Promise.all(
    rewards.map(async ({ reward, pool }) => {
      const problems = await pool.checkColumns(rows.map((row) => declaredColumns(reward.columns, row)));
      return problems.map(({ column, message, rows: count, first }) => {
        const id = String(rows[first]?.id ?? first + 1);
        return `reward ${reward.name}: column ${column}: ${message}; in ${count} of ${rows.length} rows, first in row ${id}`;
      });
    }),
  );
  return all.flat();
}

/** Faults of the machinery that one reward came to. */
export interface FaultCount {
  readonly name: string;
  readonly faults: number;
  readonly samples: number;
  /** A few different reasons, most frequent first, each with how often it was given. */
  readonly reasons: readonly string[];
}

/** Faults of each reward, for those that have any. */
export function countFaults(scored: readonly ScoredSample[]): FaultCount[] {
  const names = scored[0]?.parts.map(({ name }) => name) ?? [];
  return names.flatMap((name, r) => {
    const faults = scored.map(({ parts }) => parts[r]!).filter(isFault);
    if (faults.length === 0) return [];
    const byReason = Map.groupBy(faults, ({ outcome, reason = '' }) => `${outcome}: ${reason}`);
    const reasons = [...byReason]
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, 3)
      .map(([reason, { length }]) => (length === 1 ? reason : `${reason} (${length} times)`));
    return [{ name, faults: faults.length, samples: scored.length, reasons }];
  });
}

/** A row without the columns that a reward did not ask for. */
export function declaredColumns(
  names: readonly string[] | null,
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (names === null) return row;
  return Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
}
