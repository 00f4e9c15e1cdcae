import * as z from 'zod';

import { loraField } from './lora.ts';
import { optimizerFields } from './optimizer.ts';
import { samplingFields } from './sampling.ts';

export type { PromptFilter } from './sampling.ts';

/**
 * J-BOND: distils Best-of-2 of a slowly moving anchor into the policy (arXiv 2407.14622, section 5 and Algorithm 2, with
 * the sign of the anchor term corrected).
 *
 * Defaults are those of its section 6 where it gives them; it names no sampling temperature and no number of steps.
 */
export const JbondStage = z.strictObject({
  kind: z.literal('jbond'),
  ...samplingFields('jbond'),
  promptsPerStep: z
    .int()
    .min(2)
    .default(128)
    .describe('Prompts in one step. At least 2: each baseline is the mean of the others.'),
  beta: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'β: share of the backward KL in the Jeffreys divergence; 0 is SFT on Best-of-2, 1 is only the backward term.',
    ),
  gamma: z.number().min(0).default(0).describe('γ: weight of KL(policy‖anchor), on top of what beta brings.'),
  anchorRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe('η: share of the policy in each update of the anchor. 0 freezes it, 1 makes it the policy.'),
  anchorSamples: z
    .int()
    .min(2)
    .default(2)
    .describe(
      'Completions of the anchor for each prompt. With more than 2 the best of two is averaged over all pairs, and r_J ' +
        'is log p with p = (number not better + 1/2) / (samples + 1): less noise for more sampling.',
    ),
  tieBreak: z
    .enum(['random', 'first'])
    .default('random')
    .describe('Which of two equally rewarded anchor samples is the best of two. Random is what Best-of-N assumes.'),
  skipTies: z
    .boolean()
    .default(false)
    .describe(
      'Leave out prompts whose three rewards are equal. Not in the paper: they still pull to the anchor there.',
    ),
  truncated: z
    .enum(['judged', 'failure'])
    .default('judged')
    .describe(
      'A completion that was cut off is worth what the rewards say, or less than every other one of the step. Not in the ' +
        'paper; with rewards that pay for unfinished text, failure keeps such text from being the best of two.',
    ),
  ...loraField(),
  ...optimizerFields({ learningRate: 3e-6, warmupSteps: 100, schedule: 'constant' }),
});

export type JbondStage = z.infer<typeof JbondStage>;
