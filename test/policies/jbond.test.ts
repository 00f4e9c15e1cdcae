import { describe, expect, test } from 'vitest';

import { bestOfPairs, jbondWeights, jReward, leaveOneOut, type JbondPrompt } from '../../policies/jbond.ts';
import golden from '../golden/bond.json' with { type: 'json' };
import { PAPER, REFERENCE, REWARDS } from './t5.ts';

const LOG16 = Math.log(16);

function prompt(overrides: Partial<JbondPrompt> = {}): JbondPrompt {
  return { id: 'p', reward: 1, anchorRewards: [0, 2], logProb: -3, anchorLogProb: -3, ...overrides };
}

describe('jReward', () => {
  test.each([
    [0, [1, 2], -LOG16],
    [0, [2, 1], -LOG16],
    [1, [1, 2], 0], // equal to the worse of the two: strictly worse is asked (eq. 17)
    [1.5, [1, 2], 0],
    [3, [1, 2], 0],
    [1, [1, 1], 0],
  ] as const)('%d beside %j gives %d', (reward, anchorRewards, expected) => {
    expect(jReward(reward, anchorRewards)).toBe(expected);
  });
});

test('jReward in the mean over pairs of the anchor: −log 16 · P(a draw is better)², and how often it is not 0', () => {
  let seldom = 0;
  REWARDS.forEach((reward, y) => {
    let mean = 0;
    REFERENCE.forEach((p, i) =>
      REFERENCE.forEach((q, j) => (mean += p * q * jReward(reward, [REWARDS[i]!, REWARDS[j]!]))),
    );
    expect(mean).toBeCloseTo(golden.expectedJReward[y]!, 12);
    seldom += (REFERENCE[y]! * mean) / -LOG16;
  });
  expect(seldom).toBeCloseTo(0.174625, 12); // .4 · .6² + .3 · .3² + .15 · .15² + .1 · .05²
});

test('jReward of more than two samples is the logarithm of the share not better, with halves added', () => {
  // Spec: true p .5, k 16: E[log((c + ½) / 17)] = −.7236; here the same by the binomial law.
  const expectation = (k: number, p: number) => {
    let sum = 0;
    let mass = (1 - p) ** k;
    for (let c = 0; c <= k; c++) {
      const rewards = Array.from({ length: k }, (_, i) => (i < c ? 0 : 2));
      sum += mass * jReward(1, rewards);
      mass *= ((k - c) / (c + 1)) * (p / (1 - p));
    }
    return sum;
  };
  expect(expectation(16, 0.5)).toBeCloseTo(-0.7236, 4);
  expect(expectation(32, 0.5)).toBeCloseTo(-0.7085, 4);
  expect(expectation(16, 0.1)).toBeCloseTo(-2.2913, 4);
  expect(expectation(32, 0.1)).toBeCloseTo(-2.319, 4);
  expect(jReward(1, [1, 2, 3])).toBe(Math.log(1.5 / 4)); // equal is not better
});

test('bestOfPairs shares by the pairs that a sample is best of', () => {
  const never = () => {
    throw new Error('no tie');
  };
  expect([bestOfPairs([1, 2], never), bestOfPairs([2, 1], never)]).toEqual([[0, 1], [1, 0]]); // prettier-ignore
  expect([bestOfPairs([1, 1], () => 0), bestOfPairs([1, 1], () => 1)]).toEqual([[0, 1], [1, 0]]); // prettier-ignore
  expect(bestOfPairs([3, 1, 2], never)).toEqual([2 / 3, 0, 1 / 3]);
  expect(bestOfPairs([1, 1, 0], () => 0.5)).toEqual([0.5, 0.5, 0]);
});

test('leaveOneOut is the mean of the others', () => {
  expect(leaveOneOut([1, 2, 6])).toEqual([4, 3.5, 1.5]);
  expect(leaveOneOut([5])).toEqual([0]);
});

describe('jbondWeights', () => {
  // ℓ: 1, −2, 0. r_J: −log 16 (0 is below 1 and 2), 0, 0. R: −log 16 − 1, 2, 0.
  const three = [
    prompt({ id: 'a', reward: 0, anchorRewards: [2, 1], logProb: -3, anchorLogProb: -4 }),
    prompt({ id: 'b', reward: 1, anchorRewards: [0, 3], logProb: -6, anchorLogProb: -4 }),
    prompt({ id: 'c', reward: 5, anchorRewards: [5, 5] }),
  ];

  test('agrees with the arithmetic of the definition, every term of it', () => {
    const { weights } = jbondWeights(three, { ...PAPER, beta: 0.25, gamma: 0.5 });
    const [R0, R1, R2] = [-LOG16 - 1, 2, 0];
    expect(weights.map(({ forwardWeights }) => forwardWeights).slice(0, 2)).toEqual([[0.25, 0], [0, 0.25]]); // prettier-ignore
    for (const { forwardWeights } of weights) expect(Math.max(...forwardWeights)).toBeCloseTo(0.75 / 3, 15);
    // (β (R − mean of the other two) − γ ℓ) / 3
    const expected = [
      (0.25 * (R0 - (R1 + R2) / 2) - 0.5 * 1) / 3,
      (0.25 * (R1 - (R0 + R2) / 2) + 0.5 * 2) / 3,
      (0.25 * (R2 - (R0 + R1) / 2)) / 3,
    ];
    weights.forEach(({ backwardWeight }, i) => expect(backwardWeight).toBeCloseTo(expected[i]!, 14));
  });

  test('measures the step', () => {
    expect(jbondWeights(three, PAPER).metrics).toEqual({
      usedPrompts: 3,
      reward: 2,
      anchorReward: (1.5 + 1.5 + 5) / 3,
      worseThanAll: 1 / 3,
      anchorDiffers: 2 / 3,
      tied: 1 / 3,
      klToAnchor: -1 / 3,
    });
  });

  test('skipping ties is the same as never having had them, but for the metrics', () => {
    const { weights, metrics } = jbondWeights(three, { ...PAPER, skipTies: true });
    expect(weights.slice(0, 2)).toEqual(jbondWeights(three.slice(0, 2), PAPER).weights);
    expect(weights[2]).toMatchObject({ used: false, forwardWeights: [0, 0], backwardWeight: 0 });
    expect([metrics.usedPrompts, metrics.tied]).toEqual([2, 1 / 3]);
    const all = jbondWeights([three[2]!], { ...PAPER, skipTies: true });
    expect([all.weights[0]?.used, all.metrics.usedPrompts]).toEqual([false, 0]);
  });

  test('depends on the order of the rewards only, bit for bit', () => {
    const judged = three.concat(prompt({ id: 'd', reward: -1, anchorRewards: [-1, 0.5], anchorLogProb: -2.5 }));
    const { weights } = jbondWeights(judged, { ...PAPER, gamma: 0.3 });
    const all = [...new Set(judged.flatMap(({ reward, anchorRewards }) => [reward, ...anchorRewards]))].sort(
      (a, b) => a - b,
    );
    for (const transform of [
      Math.exp,
      Math.atan,
      (r: number) => 3 * r + 7,
      (r: number) => r ** 3,
      (r: number) => all.indexOf(r),
    ]) {
      const changed = judged.map((each) => ({
        ...each,
        reward: transform(each.reward),
        anchorRewards: each.anchorRewards.map(transform),
      }));
      expect(jbondWeights(changed, { ...PAPER, gamma: 0.3 }).weights).toEqual(weights);
    }
  });

  test('breaks ties by seed, step and prompt, evenly, whatever else is in the step', () => {
    const index = (id: string, overrides: object = {}) =>
      jbondWeights([prompt({ id, anchorRewards: [1, 1] }), prompt({ id: 'other' })], {
        ...PAPER,
        ...overrides,
      }).weights[0]!.forwardWeights.findIndex((weight) => weight > 0);
    const ids = Array.from({ length: 400 }, (_, i) => String(i));
    const picks = ids.map((id) => index(id));
    expect(ids.map((id) => index(id))).toEqual(picks);
    const second = picks.filter((pick) => pick === 1).length;
    expect(Math.abs(second - 200)).toBeLessThan(4 * Math.sqrt(400 / 4));
    expect(ids.map((id) => index(id, { step: 1 }))).not.toEqual(picks);
    expect(ids.map((id) => index(id, { seed: 8 }))).not.toEqual(picks);
    expect(new Set(ids.map((id) => index(id, { tieBreak: 'first' })))).toEqual(new Set([0]));
  });

  test.each([
    ['reward', { reward: NaN }],
    ['anchor reward 1', { anchorRewards: [0, Infinity] as const }],
    ['anchorLogProb', { anchorLogProb: -Infinity }],
  ])('refuses a %s that is no number: every comparison with it would be false', (name, overrides) => {
    expect(() => jbondWeights([prompt(overrides)], PAPER)).toThrow(`jbondWeights: prompt p: ${name} is`);
  });
});
