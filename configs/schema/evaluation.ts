import * as z from 'zod';

import { SuitesConfig } from './suites.ts';

/** Greedy accuracy on unseen rows, and KL to the SFT policy: before the first stage, after each, and on the way. */
export const EvaluationConfig = z.strictObject({
  problems: z.int().positive().default(500).describe('Evaluation rows to use; all when there are fewer.'),
  everySteps: z
    .int()
    .positive()
    .optional()
    .describe('Also evaluate every so many optimizer steps within a stage. Without it, only at its end.'),
  klSamples: z
    .int()
    .min(0)
    .default(256)
    .describe('Completions sampled from the policy to estimate its KL to the SFT policy; 0 leaves that out.'),
  maxTokens: z.int().positive().describe('Longest completion, in tokens, end token included.'),
  suites: SuitesConfig.default([]).describe(
    'Further measurements of the untrained model and of the result of each stage.',
  ),
});

/** When a stage saves weights and optimizer state: what a recovery has to redo is at most this long. */
export const CheckpointsConfig = z
  .strictObject({
    everySteps: z
      .int()
      .positive()
      .optional()
      .describe('Optimizer steps between two checkpoints of a stage; 20 without everyMinutes.'),
    everyMinutes: z
      .number()
      .positive()
      .optional()
      .describe(
        'In its place: minutes of work between them, to the end of a step. For stages whose steps differ in length.',
      ),
  })
  .check(({ value: { everySteps, everyMinutes }, issues }) => {
    if (everySteps === undefined || everyMinutes === undefined) return;
    const message = 'got a value beside everySteps, expected one of the two; leave one out';
    issues.push({ code: 'custom', path: ['everyMinutes'], input: everyMinutes, message });
  })
  .transform((given) => (given.everyMinutes === undefined ? { everySteps: 20, ...given } : given));

/** Number format of matrix products. Norms, softmax, losses, moments and the anchor's average are always float32. */
export const PrecisionConfig = z.strictObject({
  training: precision('For training steps and the log-probabilities they need.'),
  rollouts: precision('For sampling and evaluation.'),
});

function precision(what: string) {
  const auto = 'auto: the faster one, as the model server measured it; a run keeps what it began with.';
  return z.enum(['auto', 'float32', 'bfloat16']).default('auto').describe(`${what} ${auto}`);
}

export type EvaluationConfig = z.infer<typeof EvaluationConfig>;
export type CheckpointsConfig = z.infer<typeof CheckpointsConfig>;
