import type { Recipe } from '../configs/schema/recipe.ts';
import { scoreOf } from '../sdk/outcomes.ts';
import type { Outcome } from '../sdk/reward.ts';
import type { Judged } from './judging.ts';
import type { Metrics } from './records.ts';
import { mean } from './statistics.ts';

/** What the metrics are made of: judged samples, those of one prompt with the same `group`. */
export interface JudgedLine extends Judged {
  readonly group: number;
  readonly completion: string;
}

const KINDS = ['abstained', 'policy_error', 'infra_error', 'timeout'] as const satisfies Outcome['outcome'][];

/**
 * What a step's rewards came to, over all its samples.
 *
 * - `rewardStd`: standard deviation of the rewards. `equalRewards`: share of prompts whose samples all earned the same.
 * - `duplicates`: share of completions that another prompt got, too.
 * - `dominance`: the largest share that one reward's weighted scores have in the sum of their variances; only where several count.
 * - `trained`: mean of what is trained on: of the reward, or with `lexicographic` of the first reward that counts.
 * - `faults/infra_error`, `faults/timeout`: share of all verdicts.
 * - `rewards/NAME`: mean score; `rewards/NAME/std`, and the shares of verdicts `rewards/NAME/abstained`, `…/policy_error`,
 *   `…/infra_error`, `…/timeout`. Without any score there is no mean.
 */
export function rewardMetrics({ rewards, judging }: Recipe, lines: readonly JudgedLine[]): Metrics {
  const totals = lines.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const groups = [...Map.groupBy(lines, ({ group }) => group).values()].filter((group) => group.length > 1);
  const parts = lines[0]?.parts.map((_, r) => lines.map((line) => line.parts[r]!)) ?? [];
  const scores = parts.map((column) => column.map(scoreOf).filter((score) => score !== null));
  const first = rewards.findIndex(({ weight }) => weight !== 0);
  const trained =
    judging.combine === 'lexicographic'
      ? scores[first]?.map((score) => score * Math.sign(rewards[first]!.weight))
      : totals;
  const dominance = Math.max(...sharesOfVariance(rewards, scores));

  return {
    rewardStd: deviation(totals),
    equalRewards: share(groups, (group) => group.every(({ reward }) => reward !== null && reward === group[0]!.reward)),
    duplicates: duplicates(lines),
    ...(Number.isFinite(dominance) && { dominance }),
    ...(trained && trained.length > 0 && { trained: mean(trained) }),
    'faults/infra_error': share(parts.flat(), ({ outcome }) => outcome === 'infra_error'),
    'faults/timeout': share(parts.flat(), ({ outcome }) => outcome === 'timeout'),
    ...Object.assign({}, ...parts.map((column, r) => metricsOfReward(column, scores[r]!))),
  };
}

/** Share of each reward in the sum of the variances of the weighted scores; empty unless several count and differ. */
export function sharesOfVariance(
  rewards: readonly { readonly weight: number }[],
  scores: readonly (readonly number[])[],
): number[] {
  const variances = scores.map((each, r) => ((rewards[r]?.weight ?? 0) * deviation(each)) ** 2);
  const total = variances.reduce((sum, value) => sum + value, 0);
  const counting = rewards.filter(({ weight }) => weight !== 0).length;
  return counting < 2 || total === 0 ? [] : variances.map((value) => value / total);
}

function metricsOfReward(column: readonly (Outcome & { readonly name: string })[], scores: readonly number[]): Metrics {
  const name = `rewards/${column[0]!.name}`;
  const kinds = KINDS.map((kind) => [`${name}/${kind}`, share(column, ({ outcome }) => outcome === kind)]);
  const found = scores.length === 0 ? {} : { [name]: mean(scores), [`${name}/std`]: deviation(scores) };
  return { ...found, ...(Object.fromEntries(kinds) as Metrics) };
}

function duplicates(lines: readonly JudgedLine[]): number {
  const groupsOf = Map.groupBy(lines, ({ completion }) => completion);
  const isShared = ({ completion }: JudgedLine) =>
    new Set(groupsOf.get(completion)!.map(({ group }) => group)).size > 1;
  return share(lines, isShared);
}

/** With n, not n − 1: what these samples have, not what others might. */
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return mean(items.map((item) => (holds(item) ? 1 : 0)));
}
