import { describe, expect, test } from 'vitest';

import { calibrate, pairAccuracy, pairLoss } from '../../policies/reward-model.ts';
import { bestByAccuracy, checkTogether, disagreement, memberPlans } from '../../policies/warm.ts';

const PAIRS = [
  { chosen: 1.2, rejected: 0.2 },
  { chosen: 0.3, rejected: 0.8 },
  { chosen: -0.5, rejected: -1.5 },
];

describe('the loss of pairs', () => {
  test('is that of the specification', () => {
    PAIRS.map((pair) => pairLoss([pair])).forEach((loss, i) =>
      expect(loss).toBeCloseTo([0.313262, 0.974077, 0.313262][i]!, 6),
    );
    expect(pairLoss(PAIRS)).toBeCloseTo(0.533533, 6);
    expect(pairLoss(PAIRS, 0.01)).toBeCloseTo(0.557433, 6);
    expect(pairAccuracy(PAIRS)).toBeCloseTo(2 / 3, 12);
  });

  test('is log 2 where nothing is told apart, finite far out, and counts the margin', () => {
    expect(pairLoss([{ chosen: 3, rejected: 3 }])).toBeCloseTo(Math.LN2, 12);
    expect(pairLoss([{ chosen: -1e4, rejected: 1e4 }])).toBe(2e4);
    expect(pairLoss([{ chosen: 1e4, rejected: -1e4 }])).toBe(0);
    expect(pairLoss([{ chosen: 1.5, rejected: 0, margin: 0.5 }])).toBe(pairLoss([{ chosen: 1, rejected: 0 }]));
    expect(pairAccuracy([{ chosen: 1, rejected: 1 }])).toBe(0.5);
  });
});

test('calibration is mean and standard deviation; equal rewards have none', () => {
  expect(calibrate([1, 2, 3, 6])).toEqual({ mean: 3, std: Math.sqrt(14 / 3) });
  expect(() => calibrate([2, 2])).toThrow('the reward model tells nothing apart');
});

test('members differ in rate, dropout, order and start', () => {
  const plans = memberPlans({ members: 6, learningRates: [1, 4, 10], dropouts: [0.05, 0.1], starts: 2, seed: 3 });
  expect(plans.map(({ learningRate }) => learningRate)).toEqual([1, 4, 10, 1, 4, 10]);
  expect(plans.map(({ dropout }) => dropout)).toEqual([0.05, 0.05, 0.05, 0.1, 0.1, 0.1]);
  expect(plans.map(({ start }) => start)).toEqual([0, 1, 0, 1, 0, 1]);
  expect(new Set(plans.map(({ seed }) => seed)).size).toBe(6);
});

test('the best by accuracy, in their order, ties by place', () => {
  expect(bestByAccuracy([0.5, 0.7, 0.6, 0.7], 2)).toEqual([1, 3]);
  expect(bestByAccuracy([0.5, 0.5, 0.5], 2)).toEqual([0, 1]);
});

test('reward models that do not belong together are refused', () => {
  const member = (name: string, more = {}) => ({ name, baseSha256: 'base', headSha256: 'head', ...more });
  expect(() => checkTogether([member('a'), member('b')])).not.toThrow();
  expect(() => checkTogether([member('a')])).toThrow('got 1 reward models, expected at least 2');
  expect(() => checkTogether([member('a'), member('b', { baseSha256: 'x' })])).toThrow(
    'a and b were fine-tuned from different pretrained weights',
  );
  expect(() => checkTogether([member('a'), member('b', { headSha256: 'x' })])).toThrow(
    'a and b began with different heads',
  );
  expect(() => checkTogether([member('a'), member('b', { headSha256: undefined })])).toThrow('b does not say');
});

test('disagreement is the mean spread of the members', () => {
  const rewards = [
    [1, 5],
    [3, 5],
  ];
  expect(disagreement(rewards)).toBeCloseTo(Math.SQRT2 / 2, 12);
});
