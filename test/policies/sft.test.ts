import { expect, test } from 'vitest';

import { sftSteps, sftWeights } from '../../policies/sft.ts';

test('the loss is the mean over tokens: two completions of 3 and 5 tokens weigh 1/8 each', () => {
  expect(sftWeights([3, 5])).toEqual([0.125, 0.125]);
});

test('a batch without tokens is refused', () => {
  expect(() => sftWeights([])).toThrow('sftWeights: got 0 completion tokens');
  expect(() => sftWeights([NaN])).toThrow('got NaN');
});

test('steps cover every example in every epoch', () => {
  expect(sftSteps(256, { epochs: 1, batchSize: 16 })).toBe(16);
  expect(sftSteps(10, { epochs: 3, batchSize: 4 })).toBe(8); // 30 examples: seven batches of 4, one of 2
});
