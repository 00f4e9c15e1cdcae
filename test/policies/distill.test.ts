import { describe, expect, test } from 'vitest';

import { distillWeights, isOnPolicy } from '../../policies/distill.ts';

const theirs = (tokens: number) => ({ tokens, own: null });
const ours = (tokens: number, reward: number | null) => ({ tokens, own: { reward } });

describe('distillWeights', () => {
  test('is the mean divergence of a token when nothing is mixed in', () => {
    const weights = distillWeights([theirs(3), ours(5, null)], { hardLabelWeight: 0, rewardWeight: 0 });
    expect(weights.map(({ teacherWeight }) => teacherWeight)).toEqual([1 / 8, 1 / 8]);
    expect(weights.map(({ weight }) => weight)).toEqual([0, 0]);
  });

  test('mixes hard labels into the task’s completions and rewards into the policy’s own', () => {
    const sequences = [theirs(4), ours(2, 1), ours(3, null), ours(1, 0)];
    const weights = distillWeights(sequences, { hardLabelWeight: 0.25, rewardWeight: 0.5 });
    expect(weights[0]).toEqual({ weight: 0.025, teacherWeight: 0.075 });
    // Advantages 1 − 0 and 0 − 1 over two judged completions; what nobody could judge has no reward's term.
    expect(weights[1]).toEqual({ weight: 0.25, teacherWeight: 0.05 });
    expect(weights[2]).toEqual({ weight: 0, teacherWeight: 0.05 });
    expect(weights[3]).toEqual({ weight: -0.25, teacherWeight: 0.05 });
  });

  test('a single judged completion has nothing to be compared with', () => {
    const [only] = distillWeights([ours(2, 7)], { hardLabelWeight: 0, rewardWeight: 0.5 });
    expect(only!.weight).toBe(0);
  });

  test('refuses a step without tokens, and a reward that is no number', () => {
    expect(() => distillWeights([], { hardLabelWeight: 0, rewardWeight: 0 })).toThrow('got 0 completion tokens');
    const options = { hardLabelWeight: 0, rewardWeight: 0.5 };
    expect(() => distillWeights([ours(1, NaN), ours(1, 0)], options)).toThrow('got the reward NaN');
  });
});

test('the share of own completions is λ, decided by seed, step and row', () => {
  const count = (share: number) =>
    Array.from({ length: 4000 }, (_, i) => isOnPolicy(share, 1, 'distill', 1 + (i % 7), `row ${i}`)).filter(Boolean)
      .length;
  expect(count(0)).toBe(0);
  expect(count(1)).toBe(4000);
  expect(Math.abs(count(0.3) / 4000 - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 4000));
  expect(isOnPolicy(0.5, 1, 'a', 2, 'x')).toBe(isOnPolicy(0.5, 1, 'a', 2, 'x'));
});
