import * as z from 'zod';

import { loraField } from './lora.ts';
import { optimizerFields } from './optimizer.ts';
import { stageFrom, stageName } from './stage-name.ts';

/**
 * Distillation: the policy learns a teacher's distribution at each token of the task's completions, or of its own.
 *
 * Defaults are Gemma 3's report where it gives them (arXiv 2503.19786, section 2.2: 256 sampled logits per token), the
 * optimizer's those of `sft`.
 */
export const DistillStage = z
  .strictObject({
    kind: z.literal('distill'),
    name: stageName('distill'),
    from: stageFrom(),
    teacher: z
      .string()
      .min(1)
      .describe('The model to learn from, as for `model`, or the name of an earlier stage. Same tokenizer, any size.'),
    examples: z
      .int()
      .positive()
      .optional()
      .describe('Training rows to use: the first of the seeded shuffle. Without it, all that have a completion.'),
    epochs: z.int().positive().default(1).describe('Passes over the examples, each in an order of its own.'),
    batchSize: z.int().positive().default(8).describe('Examples in one optimizer step.'),
    targets: z
      .enum(['sampled', 'full'])
      .default('sampled')
      .describe(
        '`sampled`: cross-entropy against tokens drawn from the teacher. `full`: its whole distribution, by divergence.',
      ),
    samples: z.int().positive().max(4096).default(256).describe('Tokens drawn for each position, with replacement.'),
    weighting: z
      .enum(['counts', 'renorm'])
      .default('counts')
      .describe(
        "`counts`: a token weighs its share of the draws, unbiased. `renorm`: the report's literal text, the teacher's probabilities scaled to 1.",
      ),
    topK: z.int().min(0).default(0).describe("Draw among the teacher's k most likely tokens; 0 means all. Biased."),
    divergence: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('β of the generalised JSD for `full`: 0 forward KL(teacher‖policy), 1 reverse KL(policy‖teacher).'),
    temperature: z
      .number()
      .positive()
      .default(1)
      .describe(
        "Divides both models' logits in the divergence. No factor of its square: raise the learning rate instead.",
      ),
    cache: z
      .boolean()
      .optional()
      .describe(
        'Draw all targets before the first step and keep them on disk, so that the teacher need not stay loaded. Default: ' +
          'wherever it can be, that is for sampled targets without own completions.',
      ),
    hardLabelWeight: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe("Share of the plain negative log-likelihood in the loss on the task's completions."),
    onPolicyShare: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe("λ of GKD: share of examples whose completion the policy samples itself instead of using the task's."),
    maxTokens: z.int().positive().optional().describe('Longest own completion, in tokens. Needed with onPolicyShare.'),
    samplingTemperature: z.number().positive().default(1).describe('Of own completions.'),
    rewardWeight: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe(
        'α: on own completions the loss is (1 − α) · divergence − α · advantage · log π, advantages against the mean of the others.',
      ),
    ...loraField(),
    ...optimizerFields({ learningRate: 2e-5, warmupSteps: 0, schedule: 'linear' }),
  })
  .check(({ value, issues }) => {
    const complain = (path: string, input: unknown, message: string) =>
      issues.push({ code: 'custom', path: [path], input, message });
    const { targets, divergence, cache, onPolicyShare, maxTokens, rewardWeight } = value;
    if (divergence !== 0 && targets !== 'full')
      complain('divergence', divergence, `got ${divergence}, which sampled targets cannot give; set targets: full`);
    if (cache && targets !== 'sampled')
      complain('cache', cache, 'got true, expected false: only sampled targets are small enough to keep');
    if (cache && onPolicyShare > 0)
      complain('cache', cache, 'got true, expected false: own completions are not known before the step');
    if (onPolicyShare > 0 && maxTokens === undefined)
      complain('maxTokens', undefined, 'got nothing, expected a number of tokens: onPolicyShare samples completions');
    if (rewardWeight > 0 && onPolicyShare === 0)
      complain('rewardWeight', rewardWeight, 'has no effect without own completions; set onPolicyShare above 0');
  });

export type DistillStage = z.infer<typeof DistillStage>;
