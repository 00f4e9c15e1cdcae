import * as z from 'zod';

import { loraField } from './lora.ts';
import { optimizerFields } from './optimizer.ts';
import { stageFrom, stageName } from './stage-name.ts';

/**
 * Supervised fine-tuning on the task's completions: mean negative log-likelihood per completion token.
 *
 * Defaults are TRL's `SFTConfig` (learning rate) and transformers' `TrainingArguments`, which it extends.
 */
export const SftStage = z.strictObject({
  kind: z.literal('sft'),
  name: stageName('sft'),
  from: stageFrom(),
  examples: z
    .int()
    .positive()
    .optional()
    .describe('Training rows to use: the first of the seeded shuffle. Without it, all that have a completion.'),
  epochs: z.int().positive().default(3).describe('Passes over the examples, each in an order of its own.'),
  batchSize: z.int().positive().default(8).describe('Examples in one optimizer step.'),
  ...loraField(),
  ...optimizerFields({ learningRate: 2e-5, warmupSteps: 0, schedule: 'linear' }),
});

export type SftStage = z.infer<typeof SftStage>;
