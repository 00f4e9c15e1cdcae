import type { JbondOptions } from '../../policies/jbond.ts';

/**
 * One prompt with five completions: small enough to enumerate every draw, uneven enough that no two orders agree.
 *
 * The golden numbers on it in the tests beside this file come from `test/golden/bond.py`, which works from the paper's
 * equations in NumPy and never looks at our code.
 */
export const REFERENCE = [0.4, 0.3, 0.15, 0.1, 0.05];
export const REWARDS = [0, 1, 2, 3, 4];

export const PAPER: JbondOptions = { beta: 0.5, gamma: 0, tieBreak: 'random', skipTies: false, seed: 7, step: 0 };
