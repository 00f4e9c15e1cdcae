import { statSync } from 'node:fs';

import { prepareRows } from '../../activities/prepare.ts';
import { loadRecipeRewards } from '../../activities/recipe-rewards.ts';
import type { Checkpoint } from '../../activities/records.ts';
import { ConfigError, loadRecipe, type RecipeOverrides, type UnresolvedRecipe } from '../../configs/load.ts';
import { openCheckpoint } from '../../model/checkpoints/open-checkpoint.ts';
import { closeRewards } from '../../rewards/load.ts';
import { locateModel } from '../models.ts';

/**
 * Reads a recipe and checks it with everything it names: rewards, judges, their options, the columns they read, the data.
 *
 * @throws ConfigError, DataError with every problem found. Nothing was started or loaded.
 */
export async function checkRecipe(file: string, overrides: RecipeOverrides): Promise<UnresolvedRecipe> {
  const { recipe, source } = await loadRecipe(file, overrides);
  try {
    const { findings, ...loaded } = await loadRecipeRewards(recipe);
    if (findings.length > 0) throw new ConfigError(findings.map((finding) => source.problem(finding)));
    await prepareRows(recipe, loaded);
    return recipe;
  } finally {
    await closeRewards(); // from here on the worker judges
  }
}

/** The model a run begins with, as a checkpoint; fetched first when it has a name and is not here yet. */
export function baseOf(recipe: UnresolvedRecipe, report: (line: string) => void): Promise<Checkpoint> {
  return checkpointOf(recipe.model, report);
}

/** The models that stages learn from, by the stage's name. */
export async function teachersOf(
  { stages }: UnresolvedRecipe,
  report: (line: string) => void,
): Promise<Record<string, Checkpoint>> {
  const teachers: Record<string, Checkpoint> = {};
  for (const stage of stages) {
    if (stage.kind !== 'distill' || stages.some(({ name }) => name === stage.teacher)) continue;
    teachers[stage.name] = { ...(await checkpointOf(stage.teacher, report)), stage: stage.teacher };
  }
  return teachers;
}

async function checkpointOf(model: string, report: (line: string) => void): Promise<Checkpoint> {
  const folder = await locateModel(model, report);
  const { weightFiles, digest } = await openCheckpoint(folder);
  const bytes = weightFiles.reduce((total, file) => total + statSync(file).size, 0);
  return { stage: 'base', version: 0, folder, sha256: await digest(), bytes, purpose: 'result', anchor: null };
}

/** `quickstart-20260314-153012`: the recipe's name and the local time. */
export function newRunId(recipe: UnresolvedRecipe, now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${recipe.name}-${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
