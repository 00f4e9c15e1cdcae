import * as z from 'zod';

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

/** Ends a stage by what its steps measure. */
export const StopRule = z
  .strictObject({
    metric: z
      .string()
      .min(1)
      .describe('As in metrics.jsonl: klToAnchor, completionLength, duplicates, cutOff, rewards/NAME …'),
    above: z.number().optional().describe('The step counts when the metric is larger.'),
    below: z.number().optional().describe('The step counts when the metric is smaller.'),
    forSteps: z.int().positive().default(1).describe('So many steps in a row must count.'),
  })
  .check(({ value, issues }) => {
    if (value.above !== undefined || value.below !== undefined) return;
    issues.push({ code: 'custom', path: [], input: value, message: 'got neither above nor below, expected one' });
  });

/** What stages that learn from their own samples have in common. */
export function samplingFields(kind: string) {
  return {
    name: stageName(kind),
    from: stageFrom(),
    steps: z.int().positive().describe('Optimizer steps.'),
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
    anchorEvery: z
      .int()
      .positive()
      .default(1)
      .describe('Steps between two updates of the anchor. With anchorRate 1 these are hard updates.'),
    klStop: z
      .number()
      .positive()
      .optional()
      .describe(
        'Nats. The stage ends at the first evaluation with a larger KL to the last SFT or distilled policy; where there is ' +
          'none, to the weights that the stage began with. Evaluations within the stage need evaluation.everySteps.',
      ),
    stopWhen: z
      .array(StopRule)
      .default([])
      .describe('The stage ends after the first step at which one of these holds.'),
  };
}

export type PromptFilter = z.infer<typeof PromptFilter>;
export type StopRule = z.infer<typeof StopRule>;
