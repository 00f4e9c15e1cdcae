import { expect, test } from 'vitest';

import { closest } from '../../sdk/closest.ts';

const known = ['learningRate', 'warmupSteps', 'schedule', 'steps', 'beta'];

test.each([
  ['learningrate', 'learningRate'],
  ['learning_rate', 'learningRate'],
  ['learnignRate', 'learningRate'], // a swap counts once
  ['warmup', undefined], // five letters short
  ['stpes', 'steps'],
  ['step', 'steps'],
  ['alpha', undefined],
  ['', undefined],
])('%s → %s', (given, expected) => {
  expect(closest(given, known)).toBe(expected);
});
