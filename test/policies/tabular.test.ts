import { describe, expect, test } from 'vitest';

import { expectation, klDivergence } from '../../policies/best-of-n.ts';
import {
  expectedJbondGradient,
  jbondGradient,
  softmax,
  type TabularProblem,
  type Draw,
} from '../../policies/tabular.ts';
import { jbondWeights } from '../../policies/jbond.ts';
import { uniform } from '../../sdk/random.ts';
import golden from '../golden/bond.json' with { type: 'json' };
import { PAPER, REFERENCE, REWARDS } from './t5.ts';

const start: TabularProblem = { policy: REFERENCE, anchor: REFERENCE, rewards: REWARDS };
const second: TabularProblem = { ...start, policy: softmax([0, 0.2, -0.1, 0.3, 0.5]) };

function expectClose(got: readonly number[], expected: readonly number[], digits: number): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
}

describe('expected gradient of jbondWeights, over all 125 draws', () => {
  test('at the start', () => {
    expectClose(expectedJbondGradient(start, PAPER), golden.gradientAtStart, 12);
  });

  test('at a second point: forward, backward and anchor terms, and their sum', () => {
    const { forward, backward, pull, total } = golden.secondPoint;
    expectClose(second.policy, golden.secondPoint.policy, 12);
    expectClose(expectedJbondGradient(second, { ...PAPER, beta: 0 }), forward, 12);
    expectClose(expectedJbondGradient(second, { ...PAPER, beta: 1 }), backward, 12);
    const difference = expectedJbondGradient(second, { ...PAPER, beta: 1, gamma: 1 }).map(
      (value, i) => value - backward[i]!,
    );
    expectClose(difference, pull, 12);
    expectClose(expectedJbondGradient(second, { ...PAPER, gamma: 0.5 }), total, 12);
  });

  test('the mean of the others as a baseline changes nothing in expectation: all 15,625 pairs of draws', () => {
    const triples: { draw: Draw; probability: number }[] = [];
    eachDraw(second, (draw, probability) => triples.push({ draw, probability }));
    const total = second.policy.map(() => 0);
    for (const a of triples)
      for (const b of triples)
        jbondGradient(second, [a.draw, b.draw], PAPER).forEach(
          (value, i) => (total[i]! += a.probability * b.probability * value),
        );
    expectClose(total, expectedJbondGradient(second, PAPER), 12);
  });

  test('a constant as a baseline changes nothing in expectation', () => {
    // Beside a prompt whose R is known, that R is the baseline of the other, whatever the other draws.
    const { policy, anchor } = second;
    const expectedWith = (baseline: number) => {
      const gradient = policy.map(() => 0);
      eachDraw(second, ([y, i, j], probability) => {
        const drawn = {
          ...{ id: 'drawn', reward: REWARDS[y]!, anchorRewards: [REWARDS[i]!, REWARDS[j]!] },
          ...{ logProb: Math.log(policy[y]!), anchorLogProb: Math.log(anchor[y]!) },
        };
        const known = { id: 'known', reward: 1, anchorRewards: [0, 0], logProb: -baseline, anchorLogProb: 0 };
        const weight = jbondWeights([drawn, known], PAPER).weights[0]!.backwardWeight;
        policy.forEach((p, z) => (gradient[z]! -= probability * weight * ((z === y ? 1 : 0) - p)));
      });
      return gradient;
    };
    const without = expectedWith(0);
    // Half of it, for there are two prompts in the step.
    expectClose(
      without.map((value) => 2 * value),
      golden.secondPoint.backward.map((value) => PAPER.beta * value),
      12,
    );
    for (const baseline of [-40, 3]) expectClose(expectedWith(baseline), without, 12);
  });

  test('is the same to the bit when the rewards are, by their order', () => {
    const transforms = [Math.exp, Math.atan, (r: number) => 3 * r + 7, (r: number) => r ** 3 - 100];
    for (const problem of [start, second])
      for (const transform of transforms)
        expect(
          expectedJbondGradient({ ...problem, rewards: REWARDS.map(transform) }, { ...PAPER, gamma: 0.5 }),
        ).toEqual(expectedJbondGradient(problem, { ...PAPER, gamma: 0.5 }));
  });

  test('a sampled gradient of 100,000 draws lies within four standard errors of it', () => {
    const [steps, prompts] = [12_500, 8];
    const sums = REFERENCE.map(() => ({ mean: 0, squares: 0 }));
    for (let step = 0; step < steps; step++) {
      const draw = (law: readonly number[], prompt: number, part: string) => pick(law, uniform(1, step, prompt, part));
      const draws = Array.from({ length: prompts }, (_, i): Draw => [
        draw(second.policy, i, 'y'),
        draw(REFERENCE, i, 'first'),
        draw(REFERENCE, i, 'second'),
      ]);
      jbondGradient(second, draws, { ...PAPER, gamma: 0.5 }).forEach((value, i) => {
        sums[i]!.mean += value / steps;
        sums[i]!.squares += value ** 2 / steps;
      });
    }
    sums.forEach(({ mean, squares }, i) => {
      const standardError = Math.sqrt((squares - mean ** 2) / steps);
      expect(standardError).toBeLessThan(0.01); // else the test would see nothing
      expect(Math.abs(mean - golden.secondPoint.total[i]!)).toBeLessThan(4 * standardError);
    });
  });
});

describe('where it leads', () => {
  test.each(golden.fixedPoints)(
    'frozen anchor, β $beta, γ $gamma: to the known fixed point',
    ({ beta, gamma, policy }) => {
      expectClose(expectedJbondGradient({ ...start, policy }, { ...PAPER, beta, gamma }), [0, 0, 0, 0, 0], 9);
      let logits = REFERENCE.map(Math.log);
      for (let step = 0; step < 400; step++) logits = descend(logits, REFERENCE, { beta, gamma, rate: 4 });
      expectClose(softmax(logits), policy, 5);
    },
  );

  test.each(golden.trajectories)('moving anchor, η $eta, γ $gamma: along the known path', ({ eta, gamma, at }) => {
    const known: Readonly<Record<string, number[]>> = at;
    let logits = REFERENCE.map(Math.log);
    let anchor = logits;
    for (let step = 0; step <= 500; step++) {
      const [reward, kl] = known[step] ?? [];
      if (reward !== undefined && kl !== undefined) {
        expect(expectation(softmax(logits), REWARDS)).toBeCloseTo(reward, 8);
        expect(klDivergence(softmax(logits), REFERENCE)).toBeCloseTo(kl, 8);
      }
      logits = descend(logits, softmax(anchor), { beta: 0.5, gamma, rate: 0.5 });
      anchor = anchor.map((value, i) => (1 - eta) * value + eta * logits[i]!);
    }
  });

  test('the more of γ, the less far at step 100', () => {
    const distances = [-1, 0, 0.5, 1, 2].map((gamma) => {
      let logits = REFERENCE.map(Math.log);
      let anchor = logits;
      for (let step = 0; step < 100; step++) {
        logits = descend(logits, softmax(anchor), { beta: 0.5, gamma, rate: 0.5 });
        anchor = anchor.map((value, i) => 0.98 * value + 0.02 * logits[i]!);
      }
      return klDivergence(softmax(logits), REFERENCE);
    });
    expect(distances).toEqual(distances.toSorted((a, b) => b - a));
    // The table of the specification: the wrong sign, none, and one.
    expectClose([distances[0]!, distances[1]!, distances[3]!], [1.8333, 0.6513, 0.2591], 3);
  });
});

/** Each draw that a step with one prompt can make, with its probability. */
function eachDraw(
  { policy, anchor }: TabularProblem,
  use: (draw: readonly [number, number, number], probability: number) => void,
): void {
  policy.forEach((p, y) => anchor.forEach((q1, i) => anchor.forEach((q2, j) => use([y, i, j], p * q1 * q2))));
}

function descend(
  logits: readonly number[],
  anchor: readonly number[],
  { beta, gamma, rate }: { beta: number; gamma: number; rate: number },
): number[] {
  const problem = { policy: softmax(logits), anchor, rewards: REWARDS };
  const gradient = expectedJbondGradient(problem, { ...PAPER, beta, gamma });
  return logits.map((logit, i) => logit - rate * gradient[i]!);
}

function pick(law: readonly number[], at: number): number {
  let below = 0;
  for (const [i, probability] of law.entries()) {
    below += probability;
    if (at < below) return i;
  }
  return law.length - 1;
}
