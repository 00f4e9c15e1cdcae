import * as z from 'zod';

import { verify, VERIFY_DEFAULTS, type Verdict, type VerifyOptions } from '../math/verify.ts';
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
 * The reason is one word: `equal`, `not_equal`, `pred_unparseable`, `no_answer`, `cut_off` (the last three are policy
 * errors, which earn 0), `gold_unparseable` (abstained) or `timeout`; the sample's column `detail` says what was compared.
 * Options mean what they mean in Math-Verify.
 */
export default defineReward({
  name: 'math',
  version: 3,
  params: Params,
  columns: Columns,
  range: [0, 1],
  timeoutMs: 10_000,
  fixtures: [
    { completion: 'So it is \\boxed{\\frac{1}{2}}.', row: { answer: '0.5' }, expect: 1 },
    { completion: 'The answer is $x = 3$.', row: { answer: 4 }, expect: 0 },
    { completion: 'I do not know.', row: { answer: 12 }, expect: 'policy_error' },
    { completion: 'It is 12, for', finishReason: 'length', row: { answer: 12 }, expect: 'policy_error' },
    { completion: '\\boxed{12}', row: { answer: 'Some twelve of them.' }, expect: null },
    { completion: 'about 0.33', row: { answer: '1/3' }, params: { floatRounding: 2 }, expect: 1 },
  ],
  score: (samples, params, context) =>
    samples.map((sample) => {
      const { outcome, detail } = judge(sample, params);
      context.log(sample, { detail });
      return outcome;
    }),
});

function judge(
  { completion, finishReason, row }: Sample<z.infer<typeof Columns>>,
  options: Partial<VerifyOptions>,
): { readonly outcome: Outcome; readonly detail: string } {
  if (finishReason === 'length')
    return { outcome: { outcome: 'policy_error', score: 0, reason: 'cut_off' }, detail: 'cut off by the token limit' };
  const { verdict, detail } = verify(String(row.answer), completion, options);
  return { outcome: outcomeOf(verdict), detail };
}

function outcomeOf(reason: Verdict): Outcome {
  switch (reason) {
    case 'equal':
      return { outcome: 'scored', score: 1, reason };
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
