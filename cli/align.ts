import type { RecipeOverrides } from '../configs/load.ts';
import { command, setOption, type OptionSpec } from './command.ts';
import { UsageError } from './failure.ts';
import { checkRecipe } from './runs/new-run.ts';
import { runRecipe } from './runs/run-recipe.ts';
import { DETACHED } from './runs/show.ts';
import { TASK_QUEUE } from './temporal.ts';
import { temporalOptions } from './workspace.ts';

export const options = {
  ...temporalOptions,
  data: { type: 'string', value: 'FILE.jsonl', help: "train on this file in place of the recipe's data" },
  'evaluation-data': { type: 'string', value: 'FILE.jsonl', help: 'evaluate on this file (default: rows held out)' },
  model: { type: 'string', value: 'NAME|PATH', help: "begin with this model in place of the recipe's" },
  seed: { type: 'string', value: 'N', help: "another seed than the recipe's" },
  ...setOption,
  'task-queue': {
    ...{ type: 'string', value: 'NAME' },
    help: `let workers of this queue do it, as of another GPU host (default: ${TASK_QUEUE})`,
  },
  'member-queue': {
    ...{ type: 'string', multiple: true, value: 'NAME' },
    help: 'train policies of a warp stage there too, at the same time: workers with a model server of their own',
  },
  fresh: { type: 'boolean', help: 'make every stage, also those that were made before from the same' },
  'run-id': { type: 'string', value: 'ID', help: 'names the run; one that is there already is attached to' },
} as const satisfies Record<string, OptionSpec>;

export const run = command(
  {
    name: 'align',
    arguments: 'RECIPE.yaml',
    about: `
Runs a recipe: starts it and follows it to its end, or attaches to the run of that id. What is not running of Temporal,
model server and worker is started for as long as it is needed. Ctrl-C detaches (exit code ${DETACHED}): the run goes on.

A stage that this workspace made before from the same options, data, rewards and weights is not made again: its result
is reused.

A run that was stopped goes on from its last checkpoint when it is started again with the same id.`,
    options,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const recipe = await checkRecipe(positionals[0]!, overridesOf(values));
    await runRecipe({ recipe, values, output });
  },
);

export function overridesOf(
  values: { readonly [name in Exclude<keyof typeof options, 'fresh' | 'member-queue' | 'set'>]?: string } & {
    readonly set?: readonly string[];
  },
): RecipeOverrides {
  const { data, 'evaluation-data': evaluationData, model, seed: seedText, set } = values;
  const seed = seedText === undefined ? undefined : Number(seedText);
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new UsageError(`--seed: got ${seedText}, expected a whole number from 0`);
  }
  return {
    ...(data !== undefined && { data }),
    ...(evaluationData !== undefined && { evaluationData }),
    ...(model !== undefined && { model }),
    ...(seed !== undefined && { seed }),
    ...(set !== undefined && { set }),
  };
}
