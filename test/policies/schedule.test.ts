import { describe, expect, test } from 'vitest';

import { learningRateAt, type LearningRateOptions } from '../../policies/schedule.ts';

const options = { learningRate: 0.8, warmupSteps: 3, schedule: 'cosine', minLearningRateRatio: 0.1 } as const;
const course = (overrides: Partial<LearningRateOptions> = {}, total = 11) =>
  Array.from({ length: total }, (_, step) => learningRateAt({ ...options, ...overrides }, step, total));

describe('learningRateAt', () => {
  test('grows by equal parts over the warm-up, never 0, to the peak after it', () => {
    course()
      .slice(0, 4)
      .forEach((rate, step) => expect(rate).toBeCloseTo([0.2, 0.4, 0.6, 0.8][step]!, 15));
    expect(course({ warmupSteps: 0 })[0]).toBe(0.8);
  });

  // 8 steps after the warm-up: at step 7 half of the way is gone, at step 9 three quarters
  test.each([
    ['constant', 0.8, 0.8],
    ['linear', 0.8 * 0.55, 0.8 * (0.1 + 0.9 * 0.25)],
    ['cosine', 0.8 * 0.55, 0.8 * (0.1 + (0.9 * (1 + Math.cos(0.75 * Math.PI))) / 2)],
  ] as const)('%s: half way and three quarters', (schedule, half, threeQuarters) => {
    const rates = course({ schedule });
    expect(rates[7]).toBeCloseTo(half, 14);
    expect(rates[9]).toBeCloseTo(threeQuarters, 14);
  });

  test('all steps warm-up, or one step, still gives a rate', () => {
    expect(course({}, 3).every((rate) => rate > 0 && rate < 0.8)).toBe(true);
    expect(course({ warmupSteps: 0 }, 1)).toEqual([0.8]);
  });
});
