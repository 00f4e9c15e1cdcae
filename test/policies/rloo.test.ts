import { describe, expect, test } from 'vitest';

import { expectation, klDivergence } from '../../policies/best-of-n.ts';
import { rlooWeights, type RlooSample } from '../../policies/rloo.ts';
import { softmax } from '../../policies/tabular.ts';
import { REFERENCE, REWARDS } from './t5.ts';

const LOGITS = [0, 0.2, -0.1, 0.3, 0.5];
const POLICY = softmax(LOGITS);
const sampleOf = (y: number): RlooSample => ({
  ...{ reward: REWARDS[y]!, logProb: Math.log(POLICY[y]!), anchorLogProb: Math.log(REFERENCE[y]!) },
});

/** Gradient of the loss by the logits on these draws. */
function gradientOf(draws: readonly number[], klCoef: number): number[] {
  const { weights } = rlooWeights([{ id: 'p', samples: draws.map(sampleOf) }], klCoef);
  const gradient = POLICY.map(() => 0);
  draws.forEach((y, i) => POLICY.forEach((p, z) => (gradient[z]! -= weights[0]![i]! * ((y === z ? 1 : 0) - p))));
  return gradient;
}

describe('rlooWeights', () => {
  test.each([0, 0.1, 1])('over all draws of two, the gradient is that of −(E[r] − %f · KL)', (klCoef) => {
    const total = POLICY.map(() => 0);
    POLICY.forEach((p, first) =>
      POLICY.forEach((q, second) =>
        gradientOf([first, second], klCoef).forEach((value, z) => (total[z]! += p * q * value)),
      ),
    );
    const objective = (logits: readonly number[]) => {
      const policy = softmax(logits);
      return expectation(policy, REWARDS) - klCoef * klDivergence(policy, REFERENCE);
    };
    const h = 1e-5;
    LOGITS.forEach((_, z) => {
      const moved = (by: number) => objective(LOGITS.map((logit, i) => (i === z ? logit + by : logit)));
      expect(total[z]).toBeCloseTo(-(moved(h) - moved(-h)) / (2 * h), 8);
    });
  });

  test('agrees with the arithmetic of the definition', () => {
    const samples = [
      { reward: 3, logProb: -2, anchorLogProb: -3 }, // R = 3 − .5 · 1 = 2.5
      { reward: 1, logProb: -4, anchorLogProb: -4 }, // R = 1
      { reward: 0, logProb: -1, anchorLogProb: 1 }, //  R = 0 − .5 · −2 = 1
    ];
    const other = [0, 0, 0].map(() => ({ reward: 7, logProb: -1, anchorLogProb: -1 }));
    const { weights, metrics } = rlooWeights([{ id: 'a', samples }, { id: 'b', samples: other }], 0.5); // prettier-ignore
    expect(weights).toEqual([[1.5 / 6, -0.75 / 6, -0.75 / 6], [0, 0, 0]]); // prettier-ignore
    expect(metrics).toEqual({ usedPrompts: 2, reward: 25 / 6, klToAnchor: -1 / 6, advantage: 3 / 6 });
  });

  test('a constant added to the rewards of a prompt changes nothing', () => {
    const shifted = (by: number) => [0, 2, 3].map((y) => ({ ...sampleOf(y), reward: REWARDS[y]! + by }));
    const weightsAt = (by: number) => rlooWeights([{ id: 'p', samples: shifted(by) }], 0).weights;
    expect(weightsAt(64)).toEqual(weightsAt(0));
  });

  test('refuses one sample, and what is no number', () => {
    expect(() => rlooWeights([{ id: 'p', samples: [sampleOf(0)] }], 0)).toThrow('prompt p: got 1 samples');
    const broken = { ...sampleOf(1), reward: NaN };
    expect(() => rlooWeights([{ id: 'p', samples: [sampleOf(0), broken] }], 0)).toThrow('sample 1: reward is NaN');
  });
});
