import type { Recipe, UnresolvedRecipe } from '../configs/schema/recipe.ts';
import type { ModelClient } from '../server/client.ts';

/** The recipe with what `auto` stands for in it. */
export function withPrecision(recipe: UnresolvedRecipe, auto: Recipe['precision']): Recipe {
  const { training, rollouts } = recipe.precision;
  return {
    ...recipe,
    precision: {
      training: training === 'auto' ? auto.training : training,
      rollouts: rollouts === 'auto' ? auto.rollouts : rollouts,
    },
  };
}

/** The recipe with what the model server measured to be the faster one in place of `auto`. */
export async function withMeasuredPrecision(
  recipe: UnresolvedRecipe,
  model: Pick<ModelClient, 'info'>,
): Promise<Recipe> {
  const { precision } = await model.info();
  return withPrecision(recipe, { training: precision, rollouts: precision });
}
