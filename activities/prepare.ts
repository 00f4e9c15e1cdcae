import type { Recipe, UnresolvedRecipe } from '../configs/schema/recipe.ts';
import type { LoadedReward, RewardIdentity } from '../rewards/load.ts';
import { columnProblems } from '../rewards/score.ts';
import type { Store } from './artifacts.ts';
import { readPairs } from './data/pairs.ts';
import { prepareData, rowsWithCompletion, type PreparedData } from './data/prepare.ts';
import { DataError } from './data/rows.ts';
import { suiteRowsOf } from './evaluation/suite-rows.ts';
import type { Deps } from './deps.ts';
import { writeOnce } from './journal.ts';
import { recipeRewardsOf, type RecipeRewards } from './recipe-rewards.ts';
import { withMeasuredPrecision, withPrecision } from './precision.ts';
import type { Checkpoint, RunRef } from './records.ts';
import { jsonLines } from './run-data.ts';
import { configText, runFiles } from './run-files.ts';
import { activity } from './work.ts';

export interface PrepareRunInput {
  readonly runId: string;
  readonly recipe: UnresolvedRecipe;
  readonly base: Checkpoint;
}

export function prepareActivities({ model, store }: Deps) {
  return {
    /**
     * Makes or reads the data, checks that the rewards and the stages can work with it, and lays everything that decides
     * the run into its folder. No weights are loaded before. `auto` precision is settled here, once for the run.
     *
     * @throws NotDeterministicError, as a failure that is not retried, when the folder holds another run's files.
     */
    prepareRun: activity(async ({ runId, recipe, base }: PrepareRunInput): Promise<RunRef> => {
      const loaded = await recipeRewardsOf(recipe);
      const data = await prepareRows(recipe, loaded);
      const files = runFiles(runId);
      const found = { base, rewards: await firstRewards(store, files.prepared, loaded.rewards), data: data.report };
      for (const suite of recipe.evaluation.suites) {
        const rows = await suiteRowsOf(suite);
        if (rows) await writeOnce(store, files.suiteRows(suite.name), jsonLines(rows));
      }
      const before = await store.readIfThere(files.config);
      const resolved = before
        ? withPrecision(recipe, (JSON.parse(before) as Recipe).precision)
        : await withMeasuredPrecision(recipe, model);
      await writeOnce(store, files.prepared, `${JSON.stringify(found, null, 2)}\n`);
      return {
        runId,
        config: await writeOnce(store, files.config, configText(resolved)),
        train: await writeOnce(store, files.train, jsonLines(data.train)),
        evaluation: await writeOnce(store, files.evaluation, jsonLines(data.evaluation)),
      };
    }),
  };
}

/**
 * The rewards as they were when the run began: one that goes on may have other code by now. From which step on is noted
 * where it is judged by (`reward-record.ts`).
 */
async function firstRewards(
  store: Store,
  path: string,
  rewards: readonly LoadedReward[],
): Promise<readonly RewardIdentity[]> {
  const before = await store.readIfThere(path);
  if (before !== null) return (JSON.parse(before) as { readonly rewards: readonly RewardIdentity[] }).rewards;
  return rewards.map(({ identity }) => identity);
}

/**
 * The rows of a recipe, fit for its rewards and its task.
 *
 * @throws DataError with what does not fit: a file, a column that a reward reads, too few examples, a pair.
 */
export async function prepareRows(
  recipe: Pick<Recipe, 'data' | 'task' | 'seed' | 'stages'>,
  { rewards, judges }: RecipeRewards,
): Promise<PreparedData> {
  const data = await prepareData(recipe.data, recipe.task, recipe.seed);
  const problems = [
    ...(await columnProblems(rewards, [...data.train, ...data.evaluation])),
    ...(await columnProblems(judges, data.evaluation)),
  ];
  if (problems.length > 0) throw new DataError(problems.join('\n'));
  const examples = rowsWithCompletion(data.train, recipe.task).length;
  if (recipe.task.fewShot > examples) {
    throw new DataError(
      `task.fewShot: got ${recipe.task.fewShot}, expected at most ${examples}: rows with a completion`,
    );
  }
  for (const stage of recipe.stages) if (stage.kind === 'reward-model') await readPairs(stage.pairs, recipe.seed);
  return data;
}
