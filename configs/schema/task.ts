import * as z from 'zod';

/** `{column}`, and `{column?}` for one that a row may lack. */
export const TEMPLATE_PLACE = /\{([^{}]*?)(\??)\}/g;

/** Whether a template puts a column anywhere. */
export function namesColumn(template: string, column: string): boolean {
  return [...template.matchAll(TEMPLATE_PLACE)].some(([, named]) => named === column);
}

/**
 * How a data row becomes text. `{column}` in a template stands for that column of the row; so does `{column?}`, and for
 * nothing where a row has no such column, or an empty one.
 */
export const TaskConfig = z
  .strictObject({
    prompt: z
      .string()
      .min(1)
      .describe('Template of what the model reads: {column}, or {column?} for one that may be missing or empty.'),
    completion: z
      .string()
      .min(1)
      .optional()
      .describe('Template of what it should write, for SFT and for few-shot examples.'),
    equation: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Column with an equation of one unknown and one operation. Gives the templates {expression}, the side solved ' +
          'for the unknown: "12=x+4" gives "12 - 4". Rows that do not solve are left out of SFT.',
      ),
    chat: z.boolean().default(false).describe("Wrap the prompt as a user turn of the model's chat template."),
    fewShot: z
      .int()
      .min(0)
      .max(32)
      .default(0)
      .describe('Solved examples put before the prompt when the untrained model is evaluated.'),
  })
  .check(({ value, issues }) => {
    const { prompt, completion, equation, fewShot } = value;
    const complain = (key: keyof typeof value, message: string) =>
      issues.push({ code: 'custom', path: [key], input: value[key], message });
    if (![...prompt.matchAll(TEMPLATE_PLACE)].some(([, , optional]) => !optional))
      complain('prompt', 'got no {column}, expected at least one');
    if (namesColumn(prompt, 'expression'))
      complain('prompt', 'got {expression}, which gives the solution away; use it in the completion');
    if (equation === undefined && namesColumn(completion ?? '', 'expression'))
      complain('completion', 'got {expression} without an equation; name the column that holds it in task.equation');
    if (fewShot > 0 && completion === undefined)
      complain('fewShot', `got ${fewShot} without a completion template, expected 0; or write task.completion`);
  });

export type TaskConfig = z.infer<typeof TaskConfig>;
