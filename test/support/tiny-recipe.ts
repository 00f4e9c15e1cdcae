import { fileURLToPath } from 'node:url';

import { withPrecision } from '../../activities/precision.ts';
import { loadRecipe, type Recipe } from '../../configs/load.ts';

/** The recipe `configs/tiny.yaml` as a run gets it, in float32 wherever it is tested. */
export async function tinyRecipe(): Promise<Recipe> {
  const { recipe } = await loadRecipe(fileURLToPath(new URL('../../configs/tiny.yaml', import.meta.url)));
  return withPrecision(recipe, { training: 'float32', rollouts: 'float32' });
}
