import { uniform } from '../sdk/random.ts';
import { leaveOneOut } from './jbond.ts';

/** What is known of one sequence of a step. */
export interface DistillSequence {
  /** Tokens of its completion, end token included. */
  readonly tokens: number;
  /** Null for the task's completion; for the policy's own its reward, which is null when it could not be judged. */
  readonly own: { readonly reward: number | null } | null;
}

export interface DistillOptions {
  /** Share of −log π(completion) on the task's completions, [0, 1). */
  readonly hardLabelWeight: number;
  /** α: share of the reward's term on own completions, [0, 1). */
  readonly rewardWeight: number;
}

/** Factors of one sequence in the loss Σ −weight · log π(completion) + teacherWeight · Σ_t divergence. */
export interface DistillWeights {
  readonly weight: number;
  readonly teacherWeight: number;
}

/**
 * Whether a row's completion is sampled from the policy in this step: with probability `share` (λ of GKD, arXiv
 * 2306.13649), decided by seed, step and row.
 */
export function isOnPolicy(share: number, seed: number, stage: string, step: number, id: string): boolean {
  return uniform(seed, 'on-policy', stage, step, id) < share;
}

/**
 * Weights of one distillation step. N counts the completion tokens of the whole step, n its judged own completions.
 *
 *     the task's completion   hardLabelWeight · NLL / N  +  (1 − hardLabelWeight) · divergence / N
 *     the policy's own        −α · A · log π / n         +  (1 − α) · divergence / N
 *
 * A is the reward less the mean of the other own completions'. So with hardLabelWeight = α = 0 the loss is the mean
 * divergence of a token, however the step is cut into batches. GKD averages within each sequence first.
 */
export function distillWeights(
  sequences: readonly DistillSequence[],
  { hardLabelWeight, rewardWeight }: DistillOptions,
): DistillWeights[] {
  const total = sequences.reduce((sum, { tokens }) => sum + tokens, 0);
  if (!(total > 0)) throw new RangeError(`distillWeights: got ${total} completion tokens in the step, expected some`);
  const rewards = sequences.flatMap(({ own }) => (own?.reward == null ? [] : [own.reward]));
  const wrong = rewards.find((reward) => !Number.isFinite(reward));
  if (wrong !== undefined) throw new RangeError(`distillWeights: got the reward ${wrong}, expected a finite number`);
  const baselines = leaveOneOut(rewards);
  let judged = 0;
  return sequences.map(({ own }) => {
    if (!own) return { weight: hardLabelWeight / total, teacherWeight: (1 - hardLabelWeight) / total };
    const teacherWeight = (1 - rewardWeight) / total;
    // One alone has nothing to be compared with.
    if (own.reward === null || rewards.length < 2) return { weight: 0, teacherWeight };
    const advantage = own.reward - baselines[judged++]!;
    return { weight: (rewardWeight * advantage) / rewards.length, teacherWeight };
  });
}
