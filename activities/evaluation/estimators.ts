/**
 * Probability that at least one of k completions is right, from `right` of `samples`: without bias (Chen et al. 2021, arXiv
 * 2107.03374, equation 1).
 *
 *     1 − C(samples − right, k) / C(samples, k)
 *
 * As a product, for the binomials would overflow. Needs k ≤ samples.
 */
export function passAtK(samples: number, right: number, k: number): number {
  if (samples - right < k) return 1;
  let none = 1;
  for (let i = samples - right + 1; i <= samples; i++) none *= 1 - k / i;
  return 1 - none;
}

/**
 * Expected best of N rewards, from M ≥ N of them: without bias.
 *
 *     Σ_{i=N..M} C(i−1, N−1) / C(M, N) · r_(i)      r_(i) ascending
 *
 * The weights follow from one another, downwards from N/M. Nothing overflows, however large M is.
 */
export function bestOfN(rewards: readonly number[], n: number): number {
  const descending = rewards.toSorted((a, b) => b - a);
  let weight = n / rewards.length;
  let expected = 0;
  for (let i = rewards.length; i >= n; i--) {
    expected += weight * descending[rewards.length - i]!;
    weight *= (i - n) / Math.max(1, i - 1);
  }
  return expected;
}
