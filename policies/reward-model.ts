/** One judged pair, for the loss: the rewards of both completions. */
export interface RewardPair {
  readonly chosen: number;
  readonly rejected: number;
  /** By how much the chosen one must win. Default 0. */
  readonly margin?: number;
}

/**
 * Mean loss of pairs under the model of Bradley and Terry (WARM, arXiv 2401.12187, equation 1), finite however far apart the
 * rewards are.
 *
 *     −log σ(r⁺ − r⁻ − margin) + c · (r⁺ + r⁻)²
 *
 * @param centerCoefficient c: keeps rewards around 0 (TRL's `center_rewards_coefficient`; arXiv 2312.09244).
 */
export function pairLoss(pairs: readonly RewardPair[], centerCoefficient = 0): number {
  const total = pairs.reduce((sum, { chosen, rejected, margin = 0 }) => {
    const x = rejected - chosen + margin;
    const softplus = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    return sum + softplus + centerCoefficient * (chosen + rejected) ** 2;
  }, 0);
  return total / pairs.length;
}

/** Share of pairs whose chosen completion has the higher reward; a tie is half right. */
export function pairAccuracy(pairs: readonly RewardPair[]): number {
  const right = pairs.reduce(
    (sum, { chosen, rejected }) => sum + (chosen > rejected ? 1 : chosen === rejected ? 0.5 : 0),
    0,
  );
  return right / pairs.length;
}

/**
 * Mean and standard deviation of a reference sample of rewards.
 *
 * @throws RangeError when they are all equal, which no calibration can help.
 */
export function calibrate(rewards: readonly number[]): { readonly mean: number; readonly std: number } {
  const mean = rewards.reduce((sum, value) => sum + value, 0) / rewards.length;
  const std = Math.sqrt(rewards.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rewards.length - 1));
  if (std > 0) return { mean, std };
  throw new RangeError(
    `calibrate: the standard deviation of ${rewards.length} rewards is ${std}, expected above 0; the reward model tells ` +
      'nothing apart, so train it longer',
  );
}
