import * as z from 'zod';

/** The matrices of a layer that an adapter can be put on, by the names that they have in checkpoints, and in peft. */
const TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

/**
 * Low-rank adapters (LoRA, arXiv 2106.09685): the weights stay as they are, and what is trained is W + alpha / rank · B · A
 * for the matrices named, with B zero at first.
 *
 * Names are peft's without their `lora_`. The defaults of rank and alpha are those of TRL's `ModelConfig`; the matrices are
 * all of a layer, as in its `all-linear`.
 */
export const LoraConfig = z.strictObject({
  rank: z.int().min(1).max(1024).default(16).describe('r: rows of A and columns of B.'),
  alpha: z.number().positive().default(32).describe('What B · A is multiplied by is alpha / rank.'),
  dropout: z
    .literal(0, { error: ({ input }) => `got ${String(input)}, expected 0: dropout in adapters is not supported` })
    .default(0)
    .describe('Of what enters A. Only 0.'),
  targets: z
    .array(z.enum(TARGETS))
    .min(1)
    .refine((targets) => new Set(targets).size === targets.length, {
      error: ({ input }) => `got ${String(input)}, expected each matrix once`,
    })
    .default([...TARGETS])
    .describe('Which matrices of each layer.'),
});

export type LoraConfig = z.infer<typeof LoraConfig>;

/** The field of every stage that can train an adapter in place of all weights. */
export const loraField = () => ({
  lora: LoraConfig.optional().describe(
    'Train adapters of low rank in place of all weights; the result is a whole model again, with the adapter beside it. ' +
      'Without it, all weights are trained. Learning rates want to be about ten times higher with it.',
  ),
});
