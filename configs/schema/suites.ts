import * as z from 'zod';

import { RewardConfig } from './rewards.ts';

/** Fields of every suite; its name is its kind unless the recipe says otherwise. */
function suite<const Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  return z.strictObject({
    kind: z.literal(kind),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'expected small letters, digits and dashes, 40 at most' })
      .default(kind)
      .describe('Names its results and files.'),
    ...shape,
  });
}

const maxTokens = z
  .int()
  .positive()
  .optional()
  .describe('Longest completion, in tokens, end token included. Without it, evaluation.maxTokens.');

/** How likely the policy finds given text. */
export const PerplexitySuite = suite('perplexity', {
  data: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Text file, or JSONL file of rows with a `text`, else of rows that the task's templates fit. Without it, the " +
        "completions of the recipe's evaluation rows.",
    ),
  texts: z.int().positive().default(256).describe('Use the first so many pieces of text, or rows.'),
  windowCharacters: z
    .int()
    .min(100)
    .default(2000)
    .describe('Texts are cut into pieces about that long, at line ends where there are some; each is read alone.'),
});

/** Whether the policy follows verifiable instructions (arXiv 2311.07911). */
export const IfevalSuite = suite('ifeval', {
  data: z.string().min(1).describe("JSONL file with IFEval's columns: prompt, instruction_id_list, kwargs."),
  prompts: z.int().positive().default(541).describe('Use the first so many rows. IFEval has 541.'),
  chat: z
    .boolean()
    .optional()
    .describe('Wrap prompts as user turns of the chat template. Without it, as task.chat says.'),
  maxTokens: maxTokens,
});

/** How often one of k completions is right (arXiv 2107.03374), and how good the best of N is. */
export const PassAtKSuite = suite('pass-at-k', {
  problems: z.int().positive().default(100).describe('Use the first so many evaluation rows.'),
  samples: z.int().min(2).default(16).describe('Completions of each row. No k can be larger.'),
  k: z.array(z.int().positive()).min(1).default([1, 2, 4, 8, 16]).describe('For pass@k and for the best of k.'),
  temperature: z.number().positive().default(1).describe('Divides the logits.'),
  topK: z.int().min(0).default(0).describe('Sample among the k most likely tokens; 0 means all.'),
  topP: z.number().positive().max(1).default(1).describe('Sample within the smallest set of so much probability.'),
  maxTokens: maxTokens,
}).check(({ value: { k, samples }, issues }) => {
  const tooLarge = k.findIndex((each) => each > samples);
  if (tooLarge < 0) return;
  issues.push({
    code: 'custom',
    path: ['k', tooLarge],
    input: k[tooLarge],
    message: `got ${k[tooLarge]}, expected at most samples (${samples}): there is no estimate of it from fewer`,
  });
});

/** How often the policy's completion is better than that of another checkpoint. */
export const WinRateSuite = suite('win-rate', {
  against: z
    .string()
    .min(1)
    .describe(
      'base, or the name of an earlier stage. Measured after each later stage, once there is something to compare.',
    ),
  judge: RewardConfig.pick({ use: true, params: true })
    .optional()
    .describe("Reward that says which is better; best one that is not trained on. Without it, the recipe's rewards."),
  problems: z.int().positive().default(200).describe('Use the first so many evaluation rows.'),
  temperature: z.number().min(0).default(1).describe('Divides the logits; 0 compares greedy completions.'),
  maxTokens: maxTokens,
});

export const Suite = z.discriminatedUnion('kind', [PerplexitySuite, IfevalSuite, PassAtKSuite, WinRateSuite]);

export const SuitesConfig = z.array(Suite).check(({ value, issues }) => {
  value.forEach(({ name }, index) => {
    if (value.findIndex((other) => other.name === name) < index)
      issues.push({
        code: 'custom',
        path: [index, 'name'],
        input: name,
        message: `got "${name}" a second time; give each suite a name of its own`,
      });
  });
});

export type PerplexitySuite = z.infer<typeof PerplexitySuite>;
export type IfevalSuite = z.infer<typeof IfevalSuite>;
export type PassAtKSuite = z.infer<typeof PassAtKSuite>;
export type WinRateSuite = z.infer<typeof WinRateSuite>;
export type Suite = z.infer<typeof Suite>;
