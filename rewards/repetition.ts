import * as z from 'zod';

import { defineReward, type Outcome, type Sample } from '../sdk/reward.ts';

const Params = z.strictObject({
  unit: z
    .enum(['words', 'characters'])
    .default('words')
    .describe('words: letters and digits in a row, in any case. characters: for scripts without spaces.'),
  n: z.int().min(1).default(4).describe('Units in a row that count as one thing that may come again.'),
  allowed: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of repeated n-grams that costs nothing; from there to all of them, the score falls from 1 to 0.'),
});

/**
 * How little a completion repeats itself: 1 − seq-rep-n, the share of its n-grams that are different (Welleck et al. 2020,
 * arXiv 1908.04319, section 6; n = 4 there).
 *
 *     seq-rep-n = 1 − |different n-grams| / |n-grams|
 *
 * A completion of fewer than n units repeats nothing: 1.
 */
export default defineReward({
  name: 'repetition',
  version: 1,
  params: Params,
  columns: z.strictObject({}),
  range: [0, 1],
  timeoutMs: 10_000,
  fixtures: [
    { completion: 'nothing comes twice in this', row: {}, expect: 1 },
    { completion: 'no no no no no', row: {}, params: { n: 2 }, expect: 0.25 },
  ],
  score: (samples, params) => samples.map((sample) => scoreOne(sample, params)),
});

function scoreOne({ completion }: Sample<object>, { unit, n, allowed }: z.infer<typeof Params>): Outcome {
  const lower = completion.toLowerCase();
  const units = unit === 'words' ? (lower.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []) : [...lower];
  const count = units.length - n + 1;
  if (count <= 0) return { outcome: 'scored', score: 1, reason: `fewer than ${n} ${unit}` };
  const different = new Set(Array.from({ length: count }, (_, i) => units.slice(i, i + n).join(' '))).size;
  const repeated = 1 - different / count;
  const score = Math.min(1, (1 - repeated) / (1 - allowed));
  return { outcome: 'scored', score, reason: `${count - different} of ${count} ${n}-grams came before` };
}
