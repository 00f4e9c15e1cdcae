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
  control: z
    .boolean()
    .default(false)
    .describe(
      'A reward of weight 0 that the run is watched by: an alarm when it falls while what is trained on rises.',
    ),
  params: z.record(z.string(), z.unknown()).default({}).describe("The reward's own options; its schema checks them."),
});

/** The mixture. The first reward judges the evaluations: correct is its highest score. */
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
    value.forEach(({ use, control, weight }, index) => {
      if (control && weight !== 0)
        issues.push({
          code: 'custom',
          path: [index, 'weight'],
          input: weight,
          message: `got ${weight} for a control reward, expected 0: what is trained on cannot be the control`,
        });
      if (value.findIndex((other) => other.use === use) < index)
        issues.push({
          code: 'custom',
          path: [index, 'use'],
          input: use,
          message: `got "${use}" a second time, expected each reward once`,
        });
    });
  });

const share = () => z.number().min(0).max(1);

/** When a stage that samples says that something is wrong. Nothing stops by it. */
export const AlarmsConfig = z.strictObject({
  window: z
    .int()
    .min(2)
    .default(10)
    .describe('Steps that are averaged over where a step is compared with earlier ones.'),
  dominance: share()
    .default(0.95)
    .describe('One of several rewards brings more than this share of the variance. 1: never.'),
  varianceCollapse: share()
    .default(0.1)
    .describe("The reward's standard deviation is below this share of the first window's. 0: never."),
  lengthDrift: z
    .number()
    .min(1)
    .default(2)
    .describe("Completions are longer than the first window's by this factor, or shorter."),
  duplicates: share()
    .default(0.5)
    .describe("More than this share of the completions are another prompt's too. 1: never."),
  equalGroups: share()
    .default(0.9)
    .describe('In more than this share of the prompts, all samples earn the same: nothing to learn from. 1: never.'),
  faultRate: share().default(0.01).describe("More than this share of a reward's verdicts are faults. 1: never."),
  controlDrop: z
    .number()
    .positive()
    .default(2)
    .describe('A control falls, and what is trained on rises, by so many standard errors between two windows.'),
});

/** How rewards are run, and what becomes of their scores. */
export const JudgingConfig = z.strictObject({
  combine: z
    .enum(['sum', 'product', 'gate', 'lexicographic'])
    .default('sum')
    .describe(
      'sum: of weight × score. product: of score to the power of weight. gate: the others count once the first reward ' +
        'gives its highest score. lexicographic: by the first reward, ties by the next; the reward is the share of the ' +
        "prompt's other samples that a sample beats.",
    ),
  maxFaultRate: share()
    .default(0.05)
    .describe(
      "The run stops when more of a reward's verdicts in one step are faults of the machinery, and more than one is. " +
        '0: any fault stops it. Faults of rewards of weight 0 never do.',
    ),
  memoryMb: z.int().min(32).default(512).describe('JavaScript heap of each process that holds a reward, in MB.'),
  processes: z.int().positive().optional().describe('Most processes for each reward. Without it, up to 4, one a core.'),
  alarms: AlarmsConfig.prefault({}),
});

export type AlarmsConfig = z.infer<typeof AlarmsConfig>;
export type JudgingConfig = z.infer<typeof JudgingConfig>;
export type RewardConfig = z.infer<typeof RewardConfig>;
