/** Course of a learning rate; as in a stage of a recipe. */
export interface LearningRateOptions {
  /** The peak. */
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  /** Where linear and cosine end, as a share of the peak. */
  readonly minLearningRateRatio: number;
}

/**
 * Learning rate of an optimizer step.
 *
 *     warm-up    peak · (step + 1) / (warmupSteps + 1)
 *     then       peak · (m + (1 − m) · f(p)),   p = (step − warmupSteps) / (totalSteps − warmupSteps)
 *     f          1 (constant) · 1 − p (linear) · (1 + cos πp) / 2 (cosine)
 *
 * transformers' schedules, but for the warm-up: theirs begins with a step at rate 0, which changes nothing.
 *
 * @param step From 0, below `totalSteps`.
 */
export function learningRateAt(options: LearningRateOptions, step: number, totalSteps: number): number {
  const { learningRate, warmupSteps, schedule, minLearningRateRatio } = options;
  if (step < warmupSteps) return (learningRate * (step + 1)) / (warmupSteps + 1);
  if (schedule === 'constant') return learningRate;
  const progress = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  const left = schedule === 'linear' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (minLearningRateRatio + (1 - minLearningRateRatio) * left);
}
