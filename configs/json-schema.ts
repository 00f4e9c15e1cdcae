import * as z from 'zod';

import { Recipe } from './schema/recipe.ts';

/** JSON Schema of recipe files, for completion and hints in editors. Rules between fields are not in it. */
export function recipeJsonSchema(): object {
  return { ...z.toJSONSchema(Recipe, { io: 'input' }), title: 'Cabochon recipe' };
}

if (import.meta.main) console.log(JSON.stringify(recipeJsonSchema(), null, 2));
