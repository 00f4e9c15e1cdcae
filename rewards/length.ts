import * as z from 'zod';

import { defineReward, type Outcome, type Sample } from '../sdk/reward.ts';

const Params = z
  .strictObject({
    unit: z
      .enum(['words', 'characters'])
      .default('words')
      .describe('words: what white space divides. characters: Unicode code points, without white space at the ends.'),
    min: z.int().min(0).default(0).describe('Shortest length that earns 1.'),
    max: z.int().min(0).optional().describe('Longest length that earns 1. Without it, none is too long.'),
    margin: z
      .int()
      .min(0)
      .default(0)
      .describe('How far outside min to max the score has fallen to 0, linearly; 0: at once.'),
  })
  .check(({ value: { min, max }, issues }) => {
    if (min === 0 && max === undefined)
      issues.push({ code: 'custom', path: ['max'], input: max, message: 'got neither min nor max; give one of them' });
    if (max !== undefined && max < min)
      issues.push({ code: 'custom', path: ['max'], input: max, message: `got ${max}, expected at least min (${min})` });
  });

/**
 * 1 for a completion of a length between `min` and `max`, falling to 0 over `margin` on either side.
 *
 * Above `max` it is the soft overlong punishment of DAPO (arXiv 2503.14476, equation 13) plus 1, with L_cache = `margin` and
 * L_max = `max` + `margin`; lengths are in words or characters, for a reward does not see tokens. As there, a completion cut
 * off by the token limit earns 0.
 */
export default defineReward({
  name: 'length',
  version: 1,
  params: Params,
  columns: z.strictObject({}),
  range: [0, 1],
  timeoutMs: 10_000,
  fixtures: [
    { completion: 'three short words', row: {}, params: { max: 3 }, expect: 1 },
    { completion: 'one word too many', row: {}, params: { max: 3, margin: 2 }, expect: 0.5 },
    { completion: 'cut', finishReason: 'length', row: {}, params: { max: 3 }, expect: 'policy_error' },
  ],
  score: (samples, params) => samples.map((sample) => scoreOne(sample, params)),
});

function scoreOne({ completion, finishReason }: Sample<object>, params: z.infer<typeof Params>): Outcome {
  if (finishReason === 'length') return { outcome: 'policy_error', score: 0, reason: 'cut off by the token limit' };
  const { unit, min, max = Infinity, margin } = params;
  const text = completion.trim();
  const length = unit === 'words' ? (text.match(/\S+/g)?.length ?? 0) : [...text].length;
  const outside = Math.max(min - length, length - max, 0);
  const score = outside === 0 ? 1 : Math.max(0, 1 - outside / margin);
  return { outcome: 'scored', score, reason: `${length} ${unit}` };
}
