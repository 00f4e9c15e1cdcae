import type { WinRateSuite } from '../../configs/schema/suites.ts';
import { judge } from '../judging.ts';
import { shareEstimate } from '../statistics.ts';
import type { Work } from '../work.ts';
import { completeRows, lineOf, refuseNothing, type SuiteContext, type SuiteFindings } from './suite.ts';

/**
 * Share of rows on which the judge prefers the policy's completion to the opponent's; ties count half.
 *
 * A row of which either completion could not be judged is left out.
 */
export async function winRateSuite(suite: WinRateSuite, context: SuiteContext, work: Work): Promise<SuiteFindings> {
  const { recipe, policy, opponent, rows } = context;
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
  const judging = suite.judge ? { ...recipe, rewards: [{ ...suite.judge, weight: 1 }] } : recipe;
  const verdicts = await judge(judging, pairs, work);
  const lines = pairs.map((each, i) => ({ ...lineOf(each), ...verdicts[i]! }));
  const wins = own.samples.flatMap((_, i) => {
    const [mine, theirs] = [verdicts[2 * i]!.reward, verdicts[2 * i + 1]!.reward];
    if (mine === null || theirs === null) return [];
    return [mine > theirs ? 1 : mine === theirs ? 0.5 : 0];
  });
  refuseNothing(suite.name, wins.length, verdicts[0]?.parts);
  return {
    values: { winRate: shareEstimate(wins), ties: shareEstimate(wins.map((win) => (win === 0.5 ? 1 : 0))) },
    unjudged: own.samples.length - wins.length,
    lines,
    tokens: own.tokens + others.tokens,
  };
}
