import * as z from 'zod';

import { numbersIn, parsePlainNumber } from '../math/numbers.ts';
import { defineReward, type Outcome, type Sample } from '../sdk/reward.ts';

const Params = z.strictObject({
  after: z
    .string()
    .min(1)
    .optional()
    .describe('Read the first number after this text, as "=" or "Answer:". Without it, the last number there is.'),
  occurrence: z
    .enum(['first', 'last'])
    .default('last')
    .describe('Which occurrence of `after`, when there are several.'),
});

const Columns = z.strictObject({
  /** The right number. Text or number; thousands separators are fine. */
  answer: z.union([z.string(), z.number()]),
});

/**
 * 1 for a completion that gives the row's `answer`, else 0. Numbers are compared by value: `1,000` is `1000.0`.
 *
 * A completion without a number where it is looked for, or cut off by the token limit (what it would have said is not
 * known), is a policy error and earns 0. A row whose answer is no plain number is abstained from.
 */
export default defineReward({
  name: 'exact-number',
  version: 1,
  params: Params,
  columns: Columns,
  range: [0, 1],
  timeoutMs: 10_000,
  score: (samples, params) => samples.map((sample) => scoreOne(sample, params)),
  fixtures: [
    { completion: 'That makes 1,000 apples.', row: { answer: '1000.0' }, expect: 1 },
    { completion: '3 + 4 = 8', row: { answer: 7 }, expect: 0 },
    { completion: 'Answer: 7, not 8', row: { answer: 7 }, params: { after: 'Answer:' }, expect: 1 },
    { completion: 'seven', row: { answer: 7 }, expect: 'policy_error' },
    { completion: '7', row: { answer: 'a few' }, expect: null },
  ],
});

function scoreOne(sample: Sample<z.infer<typeof Columns>>, params: z.infer<typeof Params>): Outcome {
  const expected = parsePlainNumber(String(sample.row.answer));
  if (expected === null)
    return {
      outcome: 'abstained',
      reason: `the row's answer is ${JSON.stringify(sample.row.answer)}, no plain number`,
    };
  if (sample.finishReason === 'length')
    return { outcome: 'policy_error', score: 0, reason: 'cut off by the token limit' };
  const given = readAnswer(sample.completion, params);
  if (typeof given === 'string') return { outcome: 'policy_error', score: 0, reason: given };
  if (given === expected) return { outcome: 'scored', score: 1, reason: 'equal' };
  return { outcome: 'scored', score: 0, reason: `${given} is not ${expected}` };
}

/** The number a completion gives, or why there is none. */
function readAnswer(completion: string, { after, occurrence }: z.infer<typeof Params>): number | string {
  let from = 0;
  if (after !== undefined) {
    const at = occurrence === 'first' ? completion.indexOf(after) : completion.lastIndexOf(after);
    if (at < 0) return `no ${JSON.stringify(after)} in the completion`;
    from = at + after.length;
  }
  const numbers = numbersIn(completion.slice(from));
  const given = after === undefined ? numbers.at(-1) : numbers[0];
  return given ?? (given === null ? 'not a plain number' : 'no number');
}
