import { uniform } from '../sdk/random.ts';

/** One prompt of a step, judged: one completion y of the policy, two or more of the anchor. */
export interface JbondPrompt {
  /** Names the prompt in the step; decides its ties, with the seed. */
  readonly id: string;
  /** r(y). Only its order with the anchor's rewards matters. */
  readonly reward: number;
  /** r(y1'), r(y2'), …; as many for each prompt. */
  readonly anchorRewards: readonly number[];
  /** log π(y): sum over the completion's tokens, nats, at the sampling temperature. */
  readonly logProb: number;
  /** log π_a(y): of the same completion, under the anchor, at the same temperature. */
  readonly anchorLogProb: number;
}

export interface JbondOptions {
  /** β: share of the backward term. */
  readonly beta: number;
  /** γ: weight of the extra pull to the anchor. */
  readonly gamma: number;
  readonly tieBreak: 'random' | 'first';
  /** Leave out prompts whose rewards are all equal. */
  readonly skipTies: boolean;
  readonly seed: number;
  readonly step: number;
}

/** What a prompt contributes to the loss −Σ w · log π. */
export interface JbondWeights {
  readonly id: string;
  /** False for a tie that was skipped: both weights are 0. */
  readonly used: boolean;
  /** w of each anchor sample: with two, all of it on the better one. */
  readonly forwardWeights: readonly number[];
  /** w of y. */
  readonly backwardWeight: number;
}

/** Means over the step's prompts, skipped ones included. */
export interface JbondMetrics {
  readonly usedPrompts: number;
  /** Reward of the policy's completions, and of the anchor's. */
  readonly reward: number;
  readonly anchorReward: number;
  /** Share of prompts where the policy did worse than every anchor sample; with two of them, r_J is not 0 there. */
  readonly worseThanAll: number;
  /** Share of prompts whose anchor samples differ in reward: the best of them means something. */
  readonly anchorDiffers: number;
  /** Share of prompts whose rewards are all equal. */
  readonly tied: number;
  /** log π(y) − log π_a(y), nats per completion: an unbiased estimate of KL(policy ‖ anchor). */
  readonly klToAnchor: number;
}

/** r_J of a completion worse than both anchor samples: −log 16, so that it means log p_≤ at the median (appendix A.4). */
const WORSE_THAN_BOTH = -Math.log(16);

/**
 * The reward of J-BOND's backward term, from the order of a completion among samples of the anchor.
 *
 * - two samples: r_J (BOND eq. 17), −log 16 for a completion strictly worse than both, else 0; bounded, and in the mean
 *   log p_≤ at the median;
 * - more: log p̂_≤ with p̂_≤ = (c + ½) / (k + 1), c of the k samples being not better (eq. 10; the halves, which the paper
 *   does not have, keep the logarithm finite).
 */
export function jReward(reward: number, anchorRewards: readonly number[]): number {
  const samples = anchorRewards.length;
  if (samples === 2) return reward < Math.min(...anchorRewards) ? WORSE_THAN_BOTH : 0;
  const notBetter = anchorRewards.filter((other) => other <= reward).length;
  return Math.log((notBetter + 0.5) / (samples + 1));
}

/**
 * Probability of each sample to be the best of a pair drawn from them without replacement: (1, 0) for two.
 *
 * @param tie Share of an equal pair that its first gets: 1, 0, or ½ each.
 */
export function bestOfPairs(rewards: readonly number[], tie: (first: number, second: number) => number): number[] {
  const shares = rewards.map(() => 0);
  const pairs = (rewards.length * (rewards.length - 1)) / 2;
  rewards.forEach((a, i) =>
    rewards.forEach((b, j) => {
      if (j <= i) return;
      const first = a === b ? tie(i, j) : a > b ? 1 : 0;
      shares[i]! += first / pairs;
      shares[j]! += (1 - first) / pairs;
    }),
  );
  return shares;
}

/** Mean of all the others, for each value; 0 for a value without others. */
export function leaveOneOut(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => (values.length === 1 ? 0 : (sum - value) / (values.length - 1)));
}

/**
 * Weights of one J-BOND step (BOND, arXiv 2407.14622, section 5 and Algorithm 2).
 *
 *     ℓ = log π(y) − log π_a(y)      R = r_J(y) − ℓ      B = mean R of the other prompts      P = prompts used
 *     w(y'_i) = (1 − β) / P · P(y'_i is the best of two)
 *     w(y)    = (β · (R − B) − γ · ℓ) / P
 *
 * The gradient of −Σ w · log π with these, held constant, is the algorithm's (1 − β)·G_FW + β·G_BW + γ·G_Reg, averaged over
 * the prompts, with the sign of G_Reg corrected: as printed it pushes the policy away from the anchor.
 *
 * @throws RangeError for a number that is not finite. A NaN reward would make every comparison false and pass for 0.
 */
export function jbondWeights(
  prompts: readonly JbondPrompt[],
  options: JbondOptions,
): { readonly weights: JbondWeights[]; readonly metrics: JbondMetrics } {
  prompts.forEach(refuseNonFinite);
  const uneven = prompts.find(({ anchorRewards }) => anchorRewards.length !== prompts[0]!.anchorRewards.length);
  if (uneven || prompts.some(({ anchorRewards }) => anchorRewards.length < 2))
    throw new RangeError('jbondWeights: expected at least 2 anchor rewards, as many for each prompt');
  const { beta, gamma, seed, step } = options;
  const used = prompts.filter((prompt) => !(options.skipTies && isTied(prompt)));
  const baselines = leaveOneOut(used.map(returnOf));

  const weights = prompts.map((prompt): JbondWeights => {
    const { id } = prompt;
    const index = used.indexOf(prompt);
    const none = prompt.anchorRewards.map(() => 0);
    if (index < 0) return { id, used: false, forwardWeights: none, backwardWeight: 0 };
    const tie = () => {
      if (options.tieBreak === 'first') return 1;
      if (none.length > 2) return 0.5; // both, at half: what a coin would give in the mean
      return uniform(seed, 'jbond-tie', step, id) < 0.5 ? 0 : 1;
    };
    const advantage = returnOf(prompt) - baselines[index]!;
    return {
      id,
      used: true,
      forwardWeights: bestOfPairs(prompt.anchorRewards, tie).map((share) => (share * (1 - beta)) / used.length),
      backwardWeight: (beta * advantage - gamma * logRatio(prompt)) / used.length,
    };
  });
  return { weights, metrics: measure(prompts, used.length) };
}

/** ℓ, nats. */
function logRatio({ logProb, anchorLogProb }: JbondPrompt): number {
  return logProb - anchorLogProb;
}

/** R. β_BOND is 1 / (n − 1) = 1. */
function returnOf(prompt: JbondPrompt): number {
  return jReward(prompt.reward, prompt.anchorRewards) - logRatio(prompt);
}

function isTied({ reward, anchorRewards }: JbondPrompt): boolean {
  return anchorRewards.every((other) => other === reward);
}

function measure(prompts: readonly JbondPrompt[], usedPrompts: number): JbondMetrics {
  const mean = (of: (prompt: JbondPrompt) => number) =>
    prompts.reduce((sum, prompt) => sum + of(prompt), 0) / Math.max(1, prompts.length);
  return {
    usedPrompts,
    reward: mean(({ reward }) => reward),
    anchorReward: mean(({ anchorRewards }) => anchorRewards.reduce((sum, value) => sum + value) / anchorRewards.length),
    worseThanAll: mean(({ reward, anchorRewards }) => (reward < Math.min(...anchorRewards) ? 1 : 0)),
    anchorDiffers: mean(({ anchorRewards }) => (anchorRewards.every((value) => value === anchorRewards[0]) ? 0 : 1)),
    tied: mean((prompt) => (isTied(prompt) ? 1 : 0)),
    klToAnchor: mean(logRatio),
  };
}

function refuseNonFinite({ id, reward, anchorRewards, logProb, anchorLogProb }: JbondPrompt): void {
  const numbers = { reward, ...Object.fromEntries(anchorRewards.map((value, i) => [`anchor reward ${i}`, value])) };
  for (const [name, value] of Object.entries({ ...numbers, logProb, anchorLogProb })) {
    if (!Number.isFinite(value))
      throw new RangeError(`jbondWeights: prompt ${id}: ${name} is ${value}, expected a finite number`);
  }
}
