import type { PassAtKSuite } from '../../configs/schema/suites.ts';
import { judgeOnce } from '../judging.ts';
import { meanEstimate, shareEstimate, type Estimate } from '../statistics.ts';
import type { Work } from '../work.ts';
import { bestOfN, passAtK } from './estimators.ts';
import { completeRows, lineOf, refuseNothing, type SuiteContext, type SuiteFindings } from './suite.ts';

/**
 * pass@k and the expected reward of the best of k, each from the same samples and without bias; the mean over rows, whose
 * spread gives the interval.
 *
 * A row with a completion that could not be judged is left out.
 */
export async function passAtKSuite(suite: PassAtKSuite, context: SuiteContext, work: Work): Promise<SuiteFindings> {
  const { model, recipe, policy, rows, record } = context;
  const { samples: numGenerations, k: ks, temperature, topK, topP, maxTokens = recipe.evaluation.maxTokens } = suite;
  const sampling = { maxTokens, temperature, topK, topP };
  const request = { set: policy, rows: rows.slice(0, suite.problems), numGenerations, sampling };
  const { samples, tokens } = await completeRows(context, request, work);
  const flat = samples.flat();
  const lines = await judgeOnce(record, { recipe, samples: flat, model }, flat.map(lineOf), work);

  const problems = [...Map.groupBy(lines, ({ group }) => group).values()];
  const judged = problems.flatMap((group) => {
    const rewards = group.map(({ reward }) => reward).filter((reward) => reward !== null);
    const isJudged = rewards.length === group.length && group.every(({ isCorrect }) => isCorrect !== null);
    return isJudged ? [{ rewards, right: group.filter(({ isCorrect }) => isCorrect).length }] : [];
  });
  refuseNothing(suite.name, judged.length, lines[0]?.parts);
  const values: Record<string, Estimate> = {};
  for (const k of ks) values[`pass@${k}`] = shareEstimate(judged.map(({ right }) => passAtK(numGenerations, right, k)));
  for (const k of ks) values[`best@${k}`] = meanEstimate(judged.map(({ rewards }) => bestOfN(rewards, k)));
  return { values, unjudged: numGenerations * (problems.length - judged.length), lines, tokens };
}
