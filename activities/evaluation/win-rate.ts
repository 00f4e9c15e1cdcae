import type { Recipe } from '../../configs/schema/recipe.ts';
import type { WinRateSuite } from '../../configs/schema/suites.ts';
import { judgeOnce, placeOf } from '../judging.ts';
import { judgeEntry } from '../recipe-rewards.ts';
import { shareEstimate } from '../statistics.ts';
import type { Work } from '../work.ts';
import { completeRows, lineOf, refuseNothing, type SuiteContext, type SuiteFindings } from './suite.ts';

/**
 * Share of rows on which the judge prefers the policy's completion to the opponent's; ties count half.
 *
 * A row of which either completion could not be judged is left out.
 */
export async function winRateSuite(suite: WinRateSuite, context: SuiteContext, work: Work): Promise<SuiteFindings> {
  const { model, recipe, policy, opponent, rows, record } = context;
  if (!opponent) throw new Error(`evaluation suite ${suite.name}: there is no checkpoint to compare with`);
  const { temperature, maxTokens = recipe.evaluation.maxTokens, problems } = suite;
  const sampling = { maxTokens, temperature, topK: 0, topP: 1 };
  const complete = (set: typeof policy, stream: string) =>
    completeRows(context, { set, rows: rows.slice(0, problems), numGenerations: 1, sampling, stream }, work);
  const [own, others] = [await complete(policy, '/policy'), await complete(opponent, '/opponent')];

  const pairs = own.samples.flatMap(([mine], i) => [
    { ...mine!, by: 'policy' as const },
    { ...others.samples[i]![0]!, by: 'opponent' as const },
  ]);
  const judging = judgingBy(suite, recipe);
  // What is noted of rewards is about those that are trained on.
  const kept = judging === recipe ? record : null;
  const judged = { recipe: judging, samples: pairs, model, place: placeOf(record) };
  const lines = await judgeOnce(kept, judged, pairs.map(lineOf), work);
  const wins = own.samples.flatMap((_, i) => {
    const [mine, theirs] = [lines[2 * i]!.reward, lines[2 * i + 1]!.reward];
    if (mine === null || theirs === null) return [];
    return [mine > theirs ? 1 : mine === theirs ? 0.5 : 0];
  });
  refuseNothing(suite.name, wins.length, lines[0]?.parts);
  return {
    values: { winRate: shareEstimate(wins), ties: shareEstimate(wins.map((win) => (win === 0.5 ? 1 : 0))) },
    unjudged: own.samples.length - wins.length,
    lines,
    tokens: own.tokens + others.tokens,
  };
}

/** The recipe with the suite's judge as its one reward; the recipe itself when the suite has none. */
function judgingBy({ judge }: WinRateSuite, recipe: Recipe): Recipe {
  if (!judge) return recipe;
  return { ...recipe, rewards: [judgeEntry(judge)], judging: { ...recipe.judging, combine: 'sum' } };
}
