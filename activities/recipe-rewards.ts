import type { Recipe } from '../configs/schema/recipe.ts';
import type { Suite, WinRateSuite } from '../configs/schema/suites.ts';
import { compositionFindings } from '../rewards/compose.ts';
import { loadRewards, RewardError, type LoadedReward, type LoadOptions } from '../rewards/load.ts';
import { formatPath, type Finding } from '../sdk/findings.ts';

type Judging = Pick<Recipe, 'rewards' | 'judging'>;
type JudgingWithSuites = Judging & { readonly evaluation: Pick<Recipe['evaluation'], 'suites'> };

/** All that judges in a recipe, with their code as it is now. */
export interface RecipeRewards {
  readonly rewards: readonly LoadedReward[];
  /** Of the win-rate suites that have one of their own. */
  readonly judges: readonly LoadedReward[];
}

/** Loads them, and says all that is wrong. Packages are looked for from the current folder. */
export async function loadRecipeRewards(
  recipe: JudgingWithSuites,
): Promise<RecipeRewards & { readonly findings: readonly Finding[] }> {
  const mixture = await loadMixture(recipe);
  const { judges, findings } = await loadJudges(recipe.evaluation.suites, recipe);
  return { rewards: mixture.rewards, judges, findings: [...mixture.findings, ...findings] };
}

/** Of suites, with what is wrong with them: paths begin with `['evaluation', 'suites', index, 'judge']`. */
export async function loadJudges(suites: readonly Suite[], recipe: Pick<Recipe, 'judging'>) {
  const all = await Promise.all(suites.map((suite, index) => loadJudge(suite, index, recipe)));
  return { judges: all.flatMap(({ rewards }) => rewards), findings: all.flatMap(({ findings }) => findings) };
}

/** @throws RewardError with every problem. */
export async function recipeRewardsOf(recipe: JudgingWithSuites): Promise<RecipeRewards> {
  const { findings, ...loaded } = await loadRecipeRewards(recipe);
  refuse(findings);
  return loaded;
}

/**
 * The recipe's rewards alone, ready to score.
 *
 * @throws RewardError with every problem.
 */
export async function rewardsOf(recipe: Judging): Promise<readonly LoadedReward[]> {
  const { rewards, findings } = await loadMixture(recipe);
  refuse(findings);
  return rewards;
}

/** What a win-rate suite's judge is as a recipe's one reward. */
export function judgeEntry(judge: NonNullable<WinRateSuite['judge']>): Recipe['rewards'][number] {
  return { ...judge, weight: 1, control: false };
}

async function loadMixture(recipe: Judging) {
  const { rewards, findings } = await loadRewards(recipe.rewards, process.cwd(), hostOptions(recipe));
  return { rewards, findings: findings.length > 0 ? findings : compositionFindings(recipe, rewards) };
}

async function loadJudge(suite: Suite, index: number, recipe: Pick<Recipe, 'judging'>) {
  if (suite.kind !== 'win-rate' || !suite.judge) return { rewards: [], findings: [] };
  const { rewards, findings } = await loadRewards([judgeEntry(suite.judge)], process.cwd(), hostOptions(recipe));
  const at = ['evaluation', 'suites', index, 'judge']; // in place of ['rewards', 0]
  return { rewards, findings: findings.map((each) => ({ ...each, path: [...at, ...each.path.slice(2)] })) };
}

function hostOptions({ judging: { memoryMb, processes } }: Pick<Recipe, 'judging'>): LoadOptions {
  return { memoryMb, ...(processes !== undefined && { processes }) };
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  throw new RewardError(findings.map(({ path, message }) => `${formatPath(path)}: ${message}`).join('\n'));
}
