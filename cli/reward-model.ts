import type { Recipe } from '../configs/load.ts';
import { options, overridesOf } from './align.ts';
import { command } from './command.ts';
import { UsageError } from './failure.ts';
import { checkRecipe } from './runs/new-run.ts';
import { runRecipe } from './runs/run-recipe.ts';

export const run = command(
  {
    name: 'reward-model',
    arguments: 'RECIPE.yaml',
    about: `
Runs the reward-model stages of a recipe and no others, from the recipe's model or --model: a head on frozen features,
several fine-tunings, and the average of the best (WARM). Starts, follows and detaches as cabochon align does.`,
    options,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const file = positionals[0]!;
    const recipe = rewardModelsOnly(await checkRecipe(file, overridesOf(values)), file);
    await runRecipe({ recipe, values, output });
  },
);

/** Their starts are stages that are not run here: all members begin with the model. */
function rewardModelsOnly(recipe: Recipe, file: string): Recipe {
  const stages = recipe.stages.flatMap((stage) => {
    if (stage.kind !== 'reward-model') return [];
    const { starts: _, from: __, ...rest } = stage;
    return [rest];
  });
  if (stages.length > 0) return { ...recipe, stages };
  const kinds = recipe.stages.map(({ kind }) => kind).join(', ');
  throw new UsageError(`${file}: got stages of kind ${kinds}, expected one of kind reward-model; add one`);
}
