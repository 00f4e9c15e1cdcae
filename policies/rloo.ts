import { leaveOneOut } from './jbond.ts';

/** All completions of the policy for one prompt of a step, judged. */
export interface RlooPrompt {
  readonly id: string;
  readonly samples: readonly RlooSample[];
}

export interface RlooSample {
  readonly reward: number;
  /** log π(y): sum over the completion's tokens, nats, at the sampling temperature. */
  readonly logProb: number;
  /** log π_a(y): of the same completion, under the anchor, at the same temperature. */
  readonly anchorLogProb: number;
}

/** Means over the step's completions. */
export interface RlooMetrics {
  readonly usedPrompts: number;
  readonly reward: number;
  /** log π(y) − log π_a(y), nats per completion: an unbiased estimate of KL(policy ‖ anchor). */
  readonly klToAnchor: number;
  /** Mean size of the advantages. 0: nothing was learned. */
  readonly advantage: number;
}

/**
 * Weights of one step of REINFORCE with a leave-one-out baseline: TRL's `RLOOTrainer`, and the inner loop of WARP (arXiv
 * 2406.16768, section 3.1).
 *
 *     R_i = r_i − klCoef · (log π(y_i) − log π_a(y_i))      A_i = R_i − mean R of the prompt's other samples
 *     w_i = A_i / (prompts · samples)
 *
 * The gradient of −Σ w · log π with these, held constant, is the policy gradient of E[r] − klCoef · KL(π ‖ π_a).
 *
 * @param klCoef β of the paper.
 * @returns Weights [prompts][samples].
 * @throws RangeError for a number that is not finite, or a prompt with fewer than two samples.
 */
export function rlooWeights(
  prompts: readonly RlooPrompt[],
  klCoef: number,
): { readonly weights: number[][]; readonly metrics: RlooMetrics } {
  const advantages = prompts.map(({ id, samples }) => {
    samples.forEach((sample, i) => refuseNonFinite(id, i, sample));
    if (samples.length < 2) {
      throw new RangeError(`rlooWeights: prompt ${id}: got ${samples.length} samples, expected at least 2`);
    }
    const returns = samples.map((sample) => sample.reward - klCoef * logRatio(sample));
    const baselines = leaveOneOut(returns);
    return returns.map((value, i) => value - baselines[i]!);
  });
  const all = prompts.flatMap(({ samples }) => samples);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    weights: advantages.map((each) => each.map((advantage) => advantage / (prompts.length * each.length))),
    metrics: {
      usedPrompts: prompts.length,
      reward: mean(all.map(({ reward }) => reward)),
      klToAnchor: mean(all.map(logRatio)),
      advantage: mean(advantages.flat().map(Math.abs)),
    },
  };
}

function logRatio({ logProb, anchorLogProb }: RlooSample): number {
  return logProb - anchorLogProb;
}

function refuseNonFinite(id: string, index: number, sample: RlooSample): void {
  for (const [name, value] of Object.entries(sample)) {
    if (Number.isFinite(value)) continue;
    throw new RangeError(`rlooWeights: prompt ${id}, sample ${index}: ${name} is ${value}, expected a finite number`);
  }
}
