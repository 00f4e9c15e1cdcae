import * as z from 'zod';

/** How the learning rate goes from its peak, after the warm-up, to its end. */
export const Schedule = z.enum(['constant', 'linear', 'cosine']);
export type Schedule = z.infer<typeof Schedule>;

interface OptimizerDefaults {
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly schedule: Schedule;
}

/**
 * AdamW and its learning rate, the same fields for every stage that trains.
 *
 * Defaults not given by the stage are those of Adam's paper (arXiv 1412.6980) and of transformers' `TrainingArguments`.
 */
export function optimizerFields({ learningRate, warmupSteps, schedule }: OptimizerDefaults) {
  return {
    learningRate: z.number().positive().max(1).default(learningRate).describe('Peak learning rate.'),
    warmupSteps: z
      .int()
      .min(0)
      .default(warmupSteps)
      .describe('Optimizer steps over which the learning rate grows linearly to its peak.'),
    schedule: Schedule.default(schedule).describe(
      'Course of the learning rate after the warm-up, down to minLearningRateRatio times the peak after the last step.',
    ),
    minLearningRateRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('Where linear and cosine end, as a share of the peak. No effect on constant.'),
    weightDecay: z.number().min(0).max(1).default(0).describe('Decoupled (AdamW); not applied to norms.'),
    beta1: z.number().min(0).lt(1).default(0.9).describe("Decay of Adam's first moment."),
    beta2: z.number().min(0).lt(1).default(0.999).describe("Decay of Adam's second moment."),
    epsilon: z.number().positive().default(1e-8).describe("Added to the root of Adam's second moment."),
    maxGradNorm: z
      .number()
      .min(0)
      .default(1)
      .describe('Global L2 norm that the gradient is clipped to; 0 leaves it as it is.'),
  };
}
