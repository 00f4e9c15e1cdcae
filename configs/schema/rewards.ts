import * as z from 'zod';

/** One reward of the mixture. */
export const RewardConfig = z.strictObject({
  use: z
    .string()
    .min(1)
    .describe('Built-in name, path of a .ts or .js file (relative to this recipe), or npm package.'),
  weight: z
    .number()
    .default(1)
    .describe("Factor of its score in the reward. 0: only measured. J-BOND uses the sum's order."),
  params: z.record(z.string(), z.unknown()).default({}).describe("The reward's own options; its schema checks them."),
});

/** The mixture: the weighted sum of the scores. The first reward judges the evaluations: correct is its highest score. */
export const RewardsConfig = z
  .array(RewardConfig)
  .min(1)
  .check(({ value, issues }) => {
    if (value.length > 0 && value.every(({ weight }) => weight === 0))
      issues.push({
        code: 'custom',
        path: [0, 'weight'],
        input: 0,
        message: 'got 0 for every reward, expected another weight for at least one',
      });
    value.forEach(({ use }, index) => {
      if (value.findIndex((other) => other.use === use) < index)
        issues.push({
          code: 'custom',
          path: [index, 'use'],
          input: use,
          message: `got "${use}" a second time, expected each reward once`,
        });
    });
  });

export type RewardConfig = z.infer<typeof RewardConfig>;
