import * as z from 'zod';

import { compareAnswers } from '../math/equality.ts';
import { extractAnswer } from '../math/extract-answer.ts';
import { defineReward, type Outcome, type Sample } from '../sdk/reward.ts';

const Columns = z.strictObject({
  /** The right answer: a number or an expression, plain or in LaTeX, `\boxed{…}` or not. */
  answer: z.union([z.string(), z.number()]),
});

/**
 * 1 for a completion whose final answer equals the row's `answer`, as a number or as an expression, else 0.
 *
 * Every outcome's reason begins with one of `equal`, `not_equal`, `pred_unparseable`, `no_answer`, `cut_off` (policy errors,
 * which earn 0), and `gold_unparseable` (abstained: intervals, sets, words, equations cannot be judged).
 */
export default defineReward({
  name: 'math',
  version: 1,
  params: z.strictObject({}),
  columns: Columns,
  range: [0, 1],
  timeoutMs: 10_000,
  score: (samples) => samples.map(scoreOne),
});

function scoreOne({ completion, finishReason, row }: Sample<z.infer<typeof Columns>>): Outcome {
  const gold = extractAnswer(String(row.answer)) ?? String(row.answer);
  const policyError = (reason: string): Outcome => ({ outcome: 'policy_error', score: 0, reason });
  if (finishReason === 'length') return policyError('cut_off: by the token limit');
  const given = extractAnswer(completion);
  if (given === undefined) return policyError('no_answer');
  const comparison = compareAnswers(gold, given);
  switch (comparison) {
    case 'equal':
      return { outcome: 'scored', score: 1, reason: comparison };
    case 'not_equal':
      return { outcome: 'scored', score: 0, reason: `${comparison}: ${given} is not ${gold}` };
    case 'pred_unparseable':
      return policyError(`${comparison}: ${given}`);
    case 'gold_unparseable':
      return { outcome: 'abstained', reason: `${comparison}: ${gold}` };
  }
}
