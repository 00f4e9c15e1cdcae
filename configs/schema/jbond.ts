import * as z from 'zod';

import { optimizerFields } from './optimizer.ts';
import { stageFrom, stageName } from './stage-name.ts';

/** Keeps the prompts the starting policy sometimes solves: always and never solved ones carry no signal. */
export const PromptFilter = z
  .strictObject({
    samples: z.int().min(2).describe('Completions sampled for each candidate prompt.'),
    minPassRate: z.number().min(0).max(1).describe('Lowest share of correct completions that keeps a prompt.'),
    maxPassRate: z.number().min(0).max(1).describe('Highest share of correct completions that keeps a prompt.'),
    candidates: z.int().positive().optional().describe('Training rows to try, in shuffled order. Without it, all.'),
  })
  .check(({ value, issues }) => {
    if (value.minPassRate <= value.maxPassRate) return;
    issues.push({
      code: 'custom',
      path: ['minPassRate'],
      input: value.minPassRate,
      message: `got ${value.minPassRate}, expected at most maxPassRate (${value.maxPassRate})`,
    });
  });

/**
 * J-BOND: distils Best-of-2 of a slowly moving anchor into the policy (arXiv 2407.14622, section 5 and Algorithm 2, with
 * the sign of the anchor term corrected).
 *
 * Defaults are those of its section 6 where it gives them; it names no sampling temperature and no number of steps.
 */
export const JbondStage = z.strictObject({
  kind: z.literal('jbond'),
  name: stageName('jbond'),
  from: stageFrom(),
  steps: z.int().positive().describe('Optimizer steps.'),
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
  anchorSamples: z.literal(2).default(2).describe('Completions of the anchor for each prompt.'),
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
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe('Divides the logits in sampling, and in every log-probability of this stage.'),
  topK: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'Sample among the k most likely tokens; 0 means all. Anything else samples from another law than is trained.',
    ),
  topP: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe('Sample within the smallest set that holds this much probability. Less than 1: as for topK.'),
  maxTokens: z.int().positive().describe('Longest completion, in tokens, end token included.'),
  promptFilter: PromptFilter.optional().describe('Chooses prompts by pass rate before the first step.'),
  klStop: z
    .number()
    .positive()
    .optional()
    .describe(
      'Nats. The stage ends at the first evaluation with a larger KL to the last SFT result; never without one.',
    ),
  ...optimizerFields({ learningRate: 3e-6, warmupSteps: 100, schedule: 'constant' }),
});

export type PromptFilter = z.infer<typeof PromptFilter>;
export type JbondStage = z.infer<typeof JbondStage>;
