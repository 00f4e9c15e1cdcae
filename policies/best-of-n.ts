/**
 * Law of the best of N draws: what Best-of-N sampling yields, exactly (BOND, arXiv 2407.14622, Theorem 1).
 *
 *     π_BoN(y) = π(y) / (p_≤ − p_<) · (p_≤^N − p_<^N)
 *
 * where p_< and p_≤ are the probabilities that a draw is worse than y, and not better. Draws that tie for best are
 * chosen among uniformly; the theorem's form, for rewards that are all different, is the same with π = p_≤ − p_<.
 *
 * @param policy Probability of each completion.
 * @param rewards Reward of each completion.
 */
export function bestOfNLaw(policy: readonly number[], rewards: readonly number[], n: number): number[] {
  return policy.map((probability, y) => {
    const worse = massWhere(policy, (other) => rewards[other]! < rewards[y]!);
    const notBetter = massWhere(policy, (other) => rewards[other]! <= rewards[y]!);
    return (probability / (notBetter - worse)) * (notBetter ** n - worse ** n);
  });
}

/** KL(p ‖ q) in nats. */
export function klDivergence(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, value, i) => (value === 0 ? sum : sum + value * Math.log(value / q[i]!)), 0);
}

/** E_p[values]. */
export function expectation(p: readonly number[], values: readonly number[]): number {
  return p.reduce((sum, probability, i) => sum + probability * values[i]!, 0);
}

function massWhere(policy: readonly number[], holds: (index: number) => boolean): number {
  return policy.reduce((sum, probability, index) => (holds(index) ? sum + probability : sum), 0);
}
