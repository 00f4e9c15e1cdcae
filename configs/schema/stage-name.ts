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
