import type { Recipe } from '../configs/schema/recipe.ts';
import { loadRewards, RewardError, type LoadedReward } from '../rewards/load.ts';
import { isCorrect, scoreSamples, type RewardPart } from '../rewards/score.ts';
import { formatPath } from '../sdk/findings.ts';
import type { Sample } from '../sdk/reward.ts';
import type { Work } from './work.ts';

/** What the recipe's rewards said of a completion. */
export interface Judged {
  /** Weighted sum of the scores; null when it could not be judged, which is never a number. */
  readonly reward: number | null;
  /** Whether the first reward gave its highest score; null when it could not judge. */
  readonly isCorrect: boolean | null;
  readonly parts: readonly RewardPart[];
}

/**
 * The recipe's rewards, ready to score. Packages are looked for from the current folder.
 *
 * @throws RewardError with every problem.
 */
export async function rewardsOf(recipe: Recipe): Promise<readonly LoadedReward[]> {
  const { rewards, findings } = await loadRewards(recipe.rewards, process.cwd());
  if (findings.length === 0) return rewards;
  throw new RewardError(findings.map(({ path, message }) => `${formatPath(path)}: ${message}`).join('\n'));
}

/** Judges completions, in order. */
export async function judge(
  recipe: Recipe,
  samples: readonly Sample[],
  { signal }: Pick<Work, 'signal'>,
): Promise<Judged[]> {
  const rewards = await rewardsOf(recipe);
  const scored = await scoreSamples(rewards, samples, { signal });
  return scored.map((each) => ({ reward: each.total, isCorrect: isCorrect(rewards, each), parts: each.parts }));
}
