import * as z from 'zod';

/** Far fewer than there are different problems, even of small numbers: finding new ones stays quick. */
const MOST_PROBLEMS = 1_000_000;

/** Word problems with one operation, made up from templates by a seed; no file needed. */
export const Generator = z.strictObject({
  kind: z.literal('one-operation'),
  maxNumber: z
    .int()
    .min(10)
    .max(1000)
    .default(20)
    .describe('Largest term of a sum or difference. Factors go up to half of it, at most 12.'),
  trainProblems: z.int().positive().max(MOST_PROBLEMS).describe('Problems to train on.'),
  evaluationProblems: z
    .int()
    .positive()
    .max(MOST_PROBLEMS)
    .describe('Further problems, none of them among those to train on.'),
  seed: z.int().min(0).default(0).describe('Another seed, other problems. Apart from the seed of the run.'),
});

const Literal = z.union([z.string(), z.number(), z.boolean()]);
const Matcher = z.strictObject({
  matches: z
    .string()
    .refine(isRegExp, { error: 'expected a JavaScript regular expression' })
    .describe('JavaScript regular expression, searched anywhere in the value.'),
});

/** What a column must hold for its row to be used. */
export const Condition = z.union([Literal, Matcher], {
  error: 'expected a text, a number, true or false, or { matches: a regular expression }',
});

/** Where the rows come from: a generator, or JSONL files. */
export const DataConfig = z
  .strictObject({
    generator: Generator.optional(),
    train: z.string().min(1).optional().describe('JSONL file to train on. Relative to this recipe.'),
    evaluation: z
      .string()
      .min(1)
      .optional()
      .describe('JSONL file to evaluate on. Without it, rows are held out of the training file.'),
    columns: z
      .record(z.string().min(1), z.string().min(1))
      .optional()
      .describe('Further names of columns: new name, and the name in the files. The rest of a recipe may use both.'),
    where: z
      .record(z.string(), Condition)
      .optional()
      .describe('Use only rows whose columns hold these values. A row that lacks a column passes.'),
    holdout: z
      .int()
      .positive()
      .optional()
      .describe('Rows held out for evaluation: 500, but at most a fifth of the rows, when nothing is said.'),
  })
  .check(({ value, issues }) => {
    const complain = (key: string, message: string) =>
      issues.push({ code: 'custom', path: [key], input: value, message });
    const { generator, train, evaluation, columns, where, holdout } = value;
    if (!generator && !train)
      complain('train', 'got neither a generator nor a file, expected one of generator and train');
    if (generator) {
      const others = Object.entries({ train, evaluation, columns, where, holdout }).filter(
        ([, given]) => given !== undefined,
      );
      for (const [key] of others) complain(key, 'has no effect beside a generator; leave out one of the two');
    }
    if (evaluation !== undefined && holdout !== undefined)
      complain('holdout', 'has no effect beside an evaluation file; leave out one of the two');
  });

export type Generator = z.infer<typeof Generator>;
export type Condition = z.infer<typeof Condition>;
export type DataConfig = z.infer<typeof DataConfig>;

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
