import type { Finding } from '../sdk/findings.ts';
import { scoreOf } from '../sdk/outcomes.ts';
import type { Outcome } from '../sdk/reward.ts';

/** How the scores of several rewards become the one number that is learned from. */
export type Combine = 'sum' | 'product' | 'gate' | 'lexicographic';

/** What composing has to know of a reward. */
export interface ComposedReward {
  readonly name: string;
  readonly weight: number;
  readonly range: readonly [number, number];
}

/**
 * The total of each sample; null where a reward that counts gave no number. A reward of weight 0 never counts.
 *
 *     sum            Σ wᵢ·sᵢ
 *     product        Π sᵢ^wᵢ
 *     gate           w₁·s₁, and Σ wᵢ·sᵢ of all once s₁ is the highest there is
 *     lexicographic  (others of its group that it beats + ½ · others it ties with) / others
 *
 * With `gate`, the rewards behind a closed gate need no number. With `lexicographic`, samples are compared by the first
 * reward, those equal in it by the second, and so on (a negative weight: less is better); the total is the share of
 * comparisons won, from 0 to 1, so it keeps the order exactly and means the same in every group. A group of one gets ½.
 *
 * @param parts For each sample one outcome for each reward, in their order.
 * @param groups The prompt of each sample: equal for samples that are compared.
 */
export function compose(
  combine: Combine,
  rewards: readonly ComposedReward[],
  parts: readonly (readonly Outcome[])[],
  groups: readonly unknown[],
): (number | null)[] {
  const counting = rewards.map((reward, index) => ({ ...reward, index })).filter(({ weight }) => weight !== 0);
  const scores = parts.map((outcomes) => counting.map(({ index }) => scoreOf(outcomes[index]!)));
  switch (combine) {
    case 'sum':
      return scores.map((each) => fold(each, counting, 0, (total, score, { weight }) => total + weight * score));
    case 'product':
      return scores.map((each) => fold(each, counting, 1, (total, score, { weight }) => total * score ** weight));
    case 'gate':
      return scores.map((each) => gated(each, counting));
    case 'lexicographic':
      return winRates(scores, counting, groups);
  }
}

/** What a recipe's composition cannot do with its rewards, with their places in the recipe. */
export function compositionFindings(
  { judging: { combine } }: { readonly judging: { readonly combine: Combine } },
  loaded: readonly { readonly reward: Omit<ComposedReward, 'weight'>; readonly weight: number }[],
): Finding[] {
  const rewards = loaded.map(({ reward: { name, range }, weight }) => ({ name, range, weight }));
  const problems = combine === 'product' ? productProblems(rewards) : combine === 'gate' ? gateProblems(rewards) : [];
  return problems.map(({ index, message }) => ({ path: ['rewards', index, 'weight'], atKey: false, message }));
}

type Counting = readonly (ComposedReward & { readonly index: number })[];

function fold(
  scores: readonly (number | null)[],
  counting: Counting,
  start: number,
  add: (total: number, score: number, reward: ComposedReward) => number,
): number | null {
  let total = start;
  for (const [i, score] of scores.entries()) {
    if (score === null) return null;
    total = add(total, score, counting[i]!);
  }
  return total;
}

function gated(scores: readonly (number | null)[], counting: Counting): number | null {
  const sum = (of: readonly (number | null)[]) =>
    fold(of, counting, 0, (total, score, { weight }) => total + weight * score);
  const [first] = scores;
  const isOpen = first === counting[0]?.range[1];
  return sum(isOpen ? scores : scores.slice(0, 1));
}

function winRates(
  scores: readonly (readonly (number | null)[])[],
  counting: Counting,
  groups: readonly unknown[],
): (number | null)[] {
  const compare = (a: readonly (number | null)[], b: readonly (number | null)[]): number => {
    for (const [i, { weight }] of counting.entries()) {
      if (a[i] !== b[i]) return a[i]! > b[i]! === weight > 0 ? 1 : -1;
    }
    return 0;
  };
  const judged = scores.map((each) => !each.includes(null));
  const members = Map.groupBy(
    [...scores.keys()].filter((i) => judged[i]),
    (i) => groups[i],
  );
  return scores.map((own, i) => {
    if (!judged[i]) return null;
    const others = members.get(groups[i])!.filter((other) => other !== i);
    if (others.length === 0) return 0.5;
    const halves = others.reduce((total, other) => total + 1 + compare(own, scores[other]!), 0);
    return halves / 2 / others.length;
  });
}

function productProblems(rewards: readonly ComposedReward[]) {
  return rewards.flatMap(({ name, weight, range: [low] }, index) => {
    if (weight < 0)
      return [{ index, message: `got weight ${weight} in a product, expected 0 or more: weights are exponents` }];
    if (weight === 0 || low >= 0) return [];
    const message = `${name} gives scores from ${low}; in a product, expected none below 0: two bad ones would make a good one`;
    return [{ index, message }];
  });
}

/** Nobody may earn more by staying in front of the gate. */
function gateProblems(rewards: readonly ComposedReward[]) {
  const [gate, ...others] = rewards.map((reward, index) => ({ ...reward, index })).filter(({ weight }) => weight !== 0);
  if (!gate) return [];
  if (gate.weight < 0)
    return [{ index: gate.index, message: `got weight ${gate.weight}, expected more than 0: it is the gate` }];
  const lowest = others.reduce((sum, { weight, range }) => sum + Math.min(weight * range[0], weight * range[1]), 0);
  const worst = gate.weight * gate.range[1] + lowest;
  const closed = gate.weight * gate.range[0];
  if (worst > closed) return [];
  const needed = -lowest / (gate.range[1] - gate.range[0]);
  const message =
    `got weight ${gate.weight}, expected more than ${needed}: behind the gate the others can take away ${-lowest}, ` +
    'so that a completion would do better not to pass it';
  return [{ index: gate.index, message }];
}
