import { resolve } from 'node:path';

import type { Recipe } from '../configs/load.ts';
import { options as alignOptions, overridesOf } from './align.ts';
import { command, type OptionSpec } from './command.ts';
import { UsageError } from './failure.ts';
import { checkRecipe } from './runs/new-run.ts';
import { runRecipe } from './runs/run-recipe.ts';

const options = {
  ...alignOptions,
  teacher: { type: 'string', value: 'NAME|PATH', help: "learn from this model in place of the recipe's" },
} as const satisfies Record<string, OptionSpec>;

export const run = command(
  {
    name: 'distill',
    arguments: 'RECIPE.yaml',
    about: `
Runs the distill stages of a recipe and no others, from the recipe's model or --model: the policy learns a teacher's
distribution. Starts, follows and detaches as cabochon align does.`,
    options,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const file = positionals[0]!;
    const recipe = distillOnly(await checkRecipe(file, overridesOf(values)), file, values.teacher);
    await runRecipe({ recipe, values, output });
  },
);

function distillOnly(recipe: Recipe, file: string, teacher: string | undefined): Recipe {
  const stages = recipe.stages.filter((stage) => stage.kind === 'distill');
  if (stages.length === 0) {
    const kinds = recipe.stages.map(({ kind }) => kind).join(', ');
    throw new UsageError(`${file}: got stages of kind ${kinds}, expected one of kind distill; add one`);
  }
  if (teacher === undefined) return { ...recipe, stages };
  const model = /[/\\]|\.gguf$/.test(teacher) ? resolve(teacher) : teacher;
  return { ...recipe, stages: stages.map((stage) => ({ ...stage, teacher: model })) };
}
