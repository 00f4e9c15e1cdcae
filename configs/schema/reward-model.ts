import * as z from 'zod';

import { optimizerFields } from './optimizer.ts';
import { stageFrom, stageName } from './stage-name.ts';

/** Pairs of completions of which one was preferred: JSONL rows with `prompt`, `chosen` and `rejected`. */
export const PairsConfig = z
  .strictObject({
    train: z
      .string()
      .min(1)
      .describe(
        'JSONL file. prompt is a text or a list of messages with one user turn; chosen and rejected are texts. Relative to ' +
          'this recipe.',
      ),
    evaluation: z
      .string()
      .min(1)
      .optional()
      .describe(
        'JSONL file by which members are selected, best from another distribution. Without it, pairs are held out.',
      ),
    holdout: z
      .int()
      .positive()
      .default(200)
      .describe('Pairs held out where there is no evaluation file; at most a fifth.'),
    maxTokens: z.int().positive().default(512).describe('Longer pairs are left out: prompt and the longer completion.'),
    chat: z.boolean().default(true).describe("Wrap the prompt as a user turn of the model's chat template."),
  })
  .check(({ value: { train, evaluation }, issues }) => {
    if (train !== evaluation) return;
    const message = 'got the training file, expected another one, or nothing';
    issues.push({ code: 'custom', path: ['evaluation'], input: evaluation, message });
  });

/**
 * Reward models, averaged (WARM, arXiv 2401.12187): a head fitted on frozen features, M fine-tunings that begin with it, and
 * the average of the best. Changes no policy; rewards name it by the stage's name.
 *
 * Learning rates, dropout and the number of members are the paper's (appendix B); the centring is TRL's.
 */
export const RewardModelStage = z.strictObject({
  kind: z.literal('reward-model'),
  name: stageName('reward-model'),
  from: stageFrom(),
  starts: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'Earlier stages whose policies the members begin with in turn: checkpoints along one training (Baklava). Without it, ' +
        'all begin with the policy that the stage begins with. The head is fitted on the last of them.',
    ),
  pairs: PairsConfig,
  members: z.int().min(1).max(64).default(6).describe('M: fine-tunings.'),
  averaged: z
    .int()
    .min(1)
    .optional()
    .describe('Members to average: the best by accuracy on the evaluation pairs. Without it, all.'),
  probeSteps: z.int().positive().default(50).describe('Optimizer steps of the head on frozen features.'),
  probeLearningRate: z.number().positive().max(1).default(1e-3).describe('Learning rate of those, constant.'),
  epochs: z.int().positive().default(1).describe('Passes of each member over the pairs.'),
  batchSize: z.int().positive().default(16).describe('Pairs in one optimizer step.'),
  learningRateFactors: z
    .array(z.number().positive())
    .min(1)
    .default([1, 4, 10])
    .describe('Members take their peak learning rate in turn: learningRate times one of these.'),
  dropouts: z.array(z.number().min(0).lt(1)).min(1).default([0.05, 0.1]).describe('And one of these dropout rates.'),
  centerCoefficient: z
    .number()
    .min(0)
    .default(0.01)
    .describe('c: weight of (r⁺ + r⁻)² in the loss, which keeps rewards around 0.'),
  ...optimizerFields({ learningRate: 1e-5, warmupSteps: 0, schedule: 'linear' }),
});

export type RewardModelStage = z.infer<typeof RewardModelStage>;
export type PairsConfig = z.infer<typeof PairsConfig>;
