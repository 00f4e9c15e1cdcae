import { jbondGradient, softmax, type Draw } from '../policies/tabular.ts';
import { expectation, klDivergence } from '../policies/best-of-n.ts';
import type { JbondOptions } from '../policies/jbond.ts';
import { uniform } from '../sdk/random.ts';

/** One prompt, five completions: small enough to enumerate every draw, uneven enough that no two orders agree. */
export const REFERENCE = [0.4, 0.3, 0.15, 0.1, 0.05];
export const REWARDS = [0, 1, 2, 3, 4];
export const JBOND: JbondOptions = { beta: 0.5, gamma: 0, tieBreak: 'random', skipTies: false, seed: 0, step: 0 };

/** Where a policy is: E[r], and KL to the reference in nats. */
export interface Place {
  readonly reward: number;
  readonly kl: number;
}

export function placeOf(logits: readonly number[]): Place {
  const policy = softmax(logits);
  return { reward: expectation(policy, REWARDS), kl: klDivergence(policy, REFERENCE) };
}

export interface Walk {
  readonly steps: number;
  /** Learning rate on the logits. */
  readonly rate: number;
  /** The anchor's logits after a step. */
  anchorAfter(anchor: readonly number[], policy: readonly number[], step: number): readonly number[];
  gradient(policy: readonly number[], anchor: readonly number[], step: number): readonly number[];
}

/** Gradient descent on the logits from the reference; the place before each step, and after the last. */
export function walk({ steps, rate, anchorAfter, gradient }: Walk): { places: Place[]; logits: number[] } {
  let logits = REFERENCE.map(Math.log);
  let anchor: readonly number[] = logits;
  const places = [placeOf(logits)];
  for (let step = 1; step <= steps; step++) {
    const by = gradient(softmax(logits), softmax(anchor), step);
    logits = logits.map((logit, i) => logit - rate * by[i]!);
    anchor = anchorAfter(anchor, logits, step);
    places.push(placeOf(logits));
  }
  return { places, logits };
}

export const movingAverage = (eta: number) => (anchor: readonly number[], policy: readonly number[]) =>
  anchor.map((value, i) => (1 - eta) * value + eta * policy[i]!);

/** The gradient of one sampled J-BOND step on `prompts` draws. */
export function sampledGradient(seed: number, prompts: number, options: Partial<JbondOptions>) {
  return (policy: readonly number[], anchor: readonly number[], step: number) => {
    const draws = Array.from({ length: prompts }, (_, prompt): Draw => [
      pick(policy, uniform(seed, 'y', step, prompt)),
      pick(anchor, uniform(seed, 'first', step, prompt)),
      pick(anchor, uniform(seed, 'second', step, prompt)),
    ]);
    return jbondGradient({ policy, anchor, rewards: REWARDS }, draws, { ...JBOND, ...options, seed, step });
  };
}

function pick(law: readonly number[], at: number): number {
  let below = 0;
  for (const [i, probability] of law.entries()) {
    below += probability;
    if (at < below) return i;
  }
  return law.length - 1;
}
