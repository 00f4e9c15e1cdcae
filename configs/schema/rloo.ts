import * as z from 'zod';

import { loraField } from './lora.ts';
import { optimizerFields } from './optimizer.ts';
import { samplingFields } from './sampling.ts';

/**
 * REINFORCE with a leave-one-out baseline and KL to an anchor that follows the policy: the inner loop of WARP (arXiv
 * 2406.16768, section 3.1), whose β, μ, learning rate and warm-up are the defaults. Names are those of TRL's `RLOOConfig`,
 * but for `klCoef`, its `beta`.
 */
export const RlooStage = z.strictObject({
  kind: z.literal('rloo'),
  ...samplingFields('rloo'),
  promptsPerStep: z.int().positive().default(64).describe('Prompts in one step.'),
  numGenerations: z
    .int()
    .min(2)
    .default(2)
    .describe('k: completions for each prompt. At least 2: the baseline of each is the mean of the others.'),
  klCoef: z.number().min(0).default(0.1).describe('β: weight of KL(policy‖anchor) in the reward.'),
  anchorRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('μ: share of the policy in each update of the anchor. 0 freezes it: KL to the weights it began with.'),
  missingEosPenalty: z
    .number()
    .positive()
    .optional()
    .describe('Taken off the reward of a completion that was cut off.'),
  ...loraField(),
  ...optimizerFields({ learningRate: 1e-6, warmupSteps: 100, schedule: 'constant' }),
});

export type RlooStage = z.infer<typeof RlooStage>;
