import { jbondWeights, type JbondOptions } from './jbond.ts';

/** A policy over a handful of completions, given by its logits: small enough to compute every expectation exactly. */
export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** One prompt of a tabular problem: what the policy and the anchor would say, and what that is worth. */
export interface TabularProblem {
  readonly policy: readonly number[];
  readonly anchor: readonly number[];
  readonly rewards: readonly number[];
}

/** A draw of a J-BOND step: indices of the policy's completion and of the anchor's two, or more. */
export type Draw = readonly [y: number, ...anchor: number[]];

/** Gradient, by the policy's logits, of the J-BOND loss on these draws, one for each prompt of a step. */
export function jbondGradient(problem: TabularProblem, draws: readonly Draw[], options: JbondOptions): number[] {
  const { policy, anchor, rewards } = problem;
  const prompts = draws.map(([y, ...anchors], i) => ({
    id: String(i),
    reward: rewards[y]!,
    anchorRewards: anchors.map((other) => rewards[other]!),
    logProb: Math.log(policy[y]!),
    anchorLogProb: Math.log(anchor[y]!),
  }));
  const gradient = policy.map(() => 0);
  const { weights } = jbondWeights(prompts, options);
  weights.forEach(({ forwardWeights, backwardWeight }, i) => {
    const [y, ...anchorDraws] = draws[i]!;
    forwardWeights.forEach((weight, k) => addLogProbGradient(gradient, policy, anchorDraws[k]!, -weight));
    addLogProbGradient(gradient, policy, y, -backwardWeight);
  });
  return gradient;
}

/** Expected gradient of a step with one prompt: the sum over every draw there is, times its probability. */
export function expectedJbondGradient(problem: TabularProblem, options: JbondOptions): number[] {
  const { policy, anchor } = problem;
  const total = policy.map(() => 0);
  policy.forEach((p, y) =>
    anchor.forEach((q1, first) =>
      anchor.forEach((q2, second) => {
        const gradient = jbondGradient(problem, [[y, first, second]], options);
        gradient.forEach((value, i) => (total[i]! += p * q1 * q2 * value));
      }),
    ),
  );
  return total;
}

/** ∇ log π(y) by the logits is: 1 at y, minus π. */
function addLogProbGradient(gradient: number[], policy: readonly number[], y: number, factor: number): void {
  policy.forEach((p, i) => (gradient[i]! += factor * ((i === y ? 1 : 0) - p)));
}
