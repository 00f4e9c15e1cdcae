import * as z from 'zod';

import { verify, VERIFY_DEFAULTS, type VerifyOptions } from '../math/verify.ts';
import { defineReward, type Outcome, type Sample } from '../sdk/reward.ts';

const Params = z.strictObject({
  extract: z
    .array(z.enum(['latex', 'expr', 'string']))
    .min(1)
    .default([...VERIFY_DEFAULTS.extract])
    .describe('Where answers are looked for: formulas in LaTeX, plain numbers, letters A to D of a choice.'),
  floatRounding: z
    .int()
    .min(0)
    .max(30)
    .default(VERIFY_DEFAULTS.floatRounding)
    .describe('A number written with decimals equals what rounds to the same at this many decimals.'),
  strict: z.boolean().default(VERIFY_DEFAULTS.strict).describe('Names of variables matter: f(x) is not f(y).'),
  allowSetRelation: z
    .boolean()
    .default(VERIFY_DEFAULTS.allowSetRelation)
    .describe('A set as the right answer may be given as a relation: 1 < x < 2 for (1, 2).'),
});

const Columns = z.strictObject({
  /** The right answer: plain or in LaTeX, bare, boxed, or a whole solution that ends with it. */
  answer: z.union([z.string(), z.number()]),
});

/**
 * 1 for a completion whose final answer equals the row's `answer`, else 0.
 *
 * Every outcome's reason begins with one of `equal`, `not_equal`, `pred_unparseable`, `no_answer`, `cut_off` (policy errors,
 * which earn 0), `gold_unparseable` (abstained) and `timeout`. Options mean what they mean in Math-Verify.
 */
export default defineReward({
  name: 'math',
  version: 2,
  params: Params,
  columns: Columns,
  range: [0, 1],
  timeoutMs: 10_000,
  score: (samples, params) => samples.map((sample) => scoreOne(sample, params)),
});

function scoreOne(
  { completion, finishReason, row }: Sample<z.infer<typeof Columns>>,
  options: Partial<VerifyOptions>,
): Outcome {
  if (finishReason === 'length') return { outcome: 'policy_error', score: 0, reason: 'cut_off: by the token limit' };
  const { verdict, detail } = verify(String(row.answer), completion, options);
  const reason = `${verdict}: ${detail}`;
  switch (verdict) {
    case 'equal':
      return { outcome: 'scored', score: 1, reason: verdict };
    case 'not_equal':
      return { outcome: 'scored', score: 0, reason };
    case 'pred_unparseable':
    case 'no_answer':
      return { outcome: 'policy_error', score: 0, reason };
    case 'gold_unparseable':
      return { outcome: 'abstained', reason };
    case 'timeout':
      return { outcome: 'timeout', reason };
  }
}
