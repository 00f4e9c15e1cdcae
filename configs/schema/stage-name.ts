import * as z from 'zod';

/** Name of a stage, in its metrics, checkpoints and evaluations; by default its kind. */
export function stageName(kind: string) {
  return z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, {
      error: 'expected small letters, digits and dashes, a letter first, 40 at most',
    })
    .default(kind)
    .describe('Names the stage in metrics, checkpoints and evaluations. Unique in the recipe.');
}

/** Which weights a stage begins with. */
export function stageFrom() {
  return z
    .string()
    .optional()
    .describe(
      'Name of an earlier stage whose policy this one begins with, or base for the untrained model. Without it, the newest policy.',
    );
}
