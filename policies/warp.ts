/** How the share λ of each further policy is chosen when policies are merged one after the other. */
export type SlerpSchedule = 'paper' | 'equal-weight';

/**
 * Shares λ of the second, third, … policy in a merge of `count` by SLERP (WARP, arXiv 2406.16768, equation 26).
 *
 * - `paper`: 1/2, 1/3, …, 1/M. On straight lines these would weigh all alike. On the sphere they do not: of 3 policies
 *   that are orthogonal and equally long the last gets 0.5 and the others 0.6124 each.
 * - `equal-weight`: λ_m = atan(1/√(m − 1)) / (π/2), with which policies that are orthogonal and equally long, as task
 *   vectors of RL nearly are, all weigh 1/√M.
 */
export function slerpLambdas(count: number, schedule: SlerpSchedule): number[] {
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) => {
    const merged = index + 2;
    return schedule === 'paper' ? 1 / merged : Math.atan(1 / Math.sqrt(merged - 1)) / (Math.PI / 2);
  });
}

/**
 * Weights of LITI, the linear interpolation towards the initialisation: (1 − η) · θ_init + η · θ (WARP, section 3.3).
 *
 * @param rate η in [0, 1]: 0 is the initialisation, 1 the other, both exactly.
 */
export function litiWeights(rate: number): [init: number, other: number] {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`litiWeights: got ${rate}, expected a number from 0 to 1`);
  return [1 - rate, rate];
}
