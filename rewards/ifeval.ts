import * as z from 'zod';

import { defineReward, type Outcome, type Sample } from '../sdk/reward.ts';
import { followsEach, IfevalColumns, Reading, type IfevalRow } from './ifeval/checkers.ts';

const Params = z.strictObject({
  reading: Reading.default('strict').describe(
    'strict: the completion as it is. loose: also without its first line, its last line and its asterisks.',
  ),
  credit: z
    .enum(['all', 'share'])
    .default('all')
    .describe('all: 1 when every instruction is followed, else 0. share: the share of them that is.'),
});

const EXAMPLE: IfevalRow = {
  instruction_id_list: ['punctuation:no_comma', 'startend:quotation'],
  kwargs: [{}, {}],
};

/**
 * Whether a completion follows the verifiable instructions of its prompt: IFEval (Zhou et al., arXiv 2311.07911).
 *
 * The row says which, under the names of IFEval's data: `instruction_id_list` and `kwargs`.
 */
export default defineReward({
  name: 'ifeval',
  version: 1,
  params: Params,
  columns: IfevalColumns,
  range: [0, 1],
  timeoutMs: 30_000,
  fixtures: [
    { completion: '"no commas"', row: EXAMPLE, expect: 1 },
    { completion: 'no commas', row: EXAMPLE, expect: 0 },
    { completion: 'no commas', row: EXAMPLE, params: { credit: 'share' }, expect: 0.5 },
    { completion: 'Sure:\n"no commas"', row: EXAMPLE, params: { reading: 'loose' }, expect: 1 },
  ],
  score: (samples, params) => samples.map((sample) => scoreOne(sample, params)),
});

function scoreOne({ completion, row }: Sample<IfevalRow>, { reading, credit }: z.infer<typeof Params>): Outcome {
  const followed = followsEach(completion, row, reading);
  const missed = row.instruction_id_list.filter((_, index) => !followed[index]);
  const share = 1 - missed.length / followed.length;
  const score = credit === 'share' ? share : Math.floor(share);
  return {
    outcome: 'scored',
    score,
    reason: missed.length === 0 ? 'all followed' : `not followed: ${missed.join(', ')}`,
  };
}
