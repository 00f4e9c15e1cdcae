import { uniform } from '../sdk/random.ts';

/** One prompt of a step, judged: one completion y of the policy, two of the anchor. */
export interface JbondPrompt {
  /** Names the prompt in the step; decides its ties, with the seed. */
  readonly id: string;
  /** r(y). Only its order with the anchor's rewards matters. */
  readonly reward: number;
  /** r(y1'), r(y2'). */
  readonly anchorRewards: readonly [number, number];
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
  /** Leave out prompts whose three rewards are equal. */
  readonly skipTies: boolean;
  readonly seed: number;
  readonly step: number;
}

/** What a prompt contributes to the loss −Σ w · log π. */
export interface JbondWeights {
  readonly id: string;
  /** False for a tie that was skipped: both weights are 0. */
  readonly used: boolean;
  /** Which anchor sample is the best of two. */
  readonly forwardIndex: 0 | 1;
  /** w of the best of two. */
  readonly forwardWeight: number;
  /** w of y. */
  readonly backwardWeight: number;
}

/** Means over the step's prompts, skipped ones included. */
export interface JbondMetrics {
  readonly usedPrompts: number;
  /** Reward of the policy's completions, and of the anchor's. */
  readonly reward: number;
  readonly anchorReward: number;
  /** Share of prompts where the policy did worse than both anchor samples: r_J is not 0. */
  readonly worseThanBoth: number;
  /** Share of prompts whose anchor samples differ in reward: the best of two means something. */
  readonly anchorDiffers: number;
  /** Share of prompts whose three rewards are equal. */
  readonly tied: number;
  /** log π(y) − log π_a(y), nats per completion: an unbiased estimate of KL(policy ‖ anchor). */
  readonly klToAnchor: number;
}

/** r_J of a completion worse than both anchor samples: −log 16, so that it means log p_≤ at the median (appendix A.4). */
const WORSE_THAN_BOTH = -Math.log(16);

/**
 * r_J (BOND eq. 17): −log 16 for a completion strictly worse than both anchor samples, else 0.
 *
 * A bounded estimate from two samples of the log-quantile that the reward of Best-of-2 distillation is.
 */
export function jReward(reward: number, anchorRewards: readonly [number, number]): number {
  return reward < Math.min(...anchorRewards) ? WORSE_THAN_BOTH : 0;
}

/** Index of the better of two rewards; `tie` decides between equal ones. */
export function bestOfTwo([first, second]: readonly [number, number], tie: () => 0 | 1): 0 | 1 {
  if (first === second) return tie();
  return second > first ? 1 : 0;
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
 *     w(best of two) = (1 − β) / P
 *     w(y)           = (β · (R − B) − γ · ℓ) / P
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
  const { beta, gamma, seed, step } = options;
  const used = prompts.filter((prompt) => !(options.skipTies && isTied(prompt)));
  const baselines = leaveOneOut(used.map(returnOf));

  const weights = prompts.map((prompt): JbondWeights => {
    const { id } = prompt;
    const tie = () => (options.tieBreak === 'random' && uniform(seed, 'jbond-tie', step, id) < 0.5 ? 1 : 0);
    const forwardIndex = bestOfTwo(prompt.anchorRewards, tie);
    const index = used.indexOf(prompt);
    if (index < 0) return { id, used: false, forwardIndex, forwardWeight: 0, backwardWeight: 0 };
    const advantage = returnOf(prompt) - baselines[index]!;
    return {
      id,
      used: true,
      forwardIndex,
      forwardWeight: (1 - beta) / used.length,
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

function isTied({ reward, anchorRewards: [first, second] }: JbondPrompt): boolean {
  return reward === first && first === second;
}

function measure(prompts: readonly JbondPrompt[], usedPrompts: number): JbondMetrics {
  const mean = (of: (prompt: JbondPrompt) => number) =>
    prompts.reduce((sum, prompt) => sum + of(prompt), 0) / Math.max(1, prompts.length);
  return {
    usedPrompts,
    reward: mean(({ reward }) => reward),
    anchorReward: mean(({ anchorRewards: [first, second] }) => (first + second) / 2),
    worseThanBoth: mean(({ reward, anchorRewards }) => (jReward(reward, anchorRewards) < 0 ? 1 : 0)),
    anchorDiffers: mean(({ anchorRewards: [first, second] }) => (first === second ? 0 : 1)),
    tied: mean((prompt) => (isTied(prompt) ? 1 : 0)),
    klToAnchor: mean(logRatio),
  };
}

function refuseNonFinite({ id, reward, anchorRewards, logProb, anchorLogProb }: JbondPrompt): void {
  const numbers = { reward, 'first anchor reward': anchorRewards[0], 'second anchor reward': anchorRewards[1] };
  for (const [name, value] of Object.entries({ ...numbers, logProb, anchorLogProb })) {
    if (!Number.isFinite(value))
      throw new RangeError(`jbondWeights: prompt ${id}: ${name} is ${value}, expected a finite number`);
  }
}
