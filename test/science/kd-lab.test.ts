import { expect, test } from 'vitest';

import { excessOf } from '../../science/kd-lab.ts';

test('the excess of a token is its weight less its probability, 0 where it was not drawn, in the mean over positions', () => {
  // Two texts, of two positions and one. Token 4 has .75 where it has .5, is missing where it has .2; token 9 has .3 of .4.
  const targets = [
    { counts: [2, 1], ids: [4, 5, 6], weights: [0.75, 0.25, 1] },
    { counts: [3], ids: [9, 1, 9], weights: [0.1, 0.7, 0.2] },
  ];
  const positions = [
    { id: 4, probability: 0.5 },
    { id: 4, probability: 0.2 },
    { id: 9, probability: 0.4 },
  ];
  expect(excessOf(targets, positions)).toBeCloseTo((0.25 - 0.2 - 0.1) / 3, 12);
});
