import type { Recipe } from '../../configs/schema/recipe.ts';
import type { ModelClient, SetRef } from '../../server/client.ts';
import type { PreparedRow } from '../data/prepare.ts';
import type { SamplerGap } from '../records.ts';
import { preparePrompts, sample, tokensOf } from '../sampling.ts';
import { scoreTokens } from '../scoring.ts';
import { mean, standardError, sum } from '../statistics.ts';
import type { Work } from '../work.ts';

interface KlContext {
  readonly model: ModelClient;
  readonly recipe: Recipe;
  readonly policy: SetRef;
  readonly rows: readonly PreparedRow[];
  /** Names the random stream. */
  readonly stream: string;
}

/**
 * KL(policy ‖ reference) in nats per completion, and the standard error of the estimate.
 *
 *     mean over samples y of the policy at temperature 1 of   Σ_t log π(y_t) − log π_ref(y_t)
 *
 * Unbiased, and not clipped at 0: a small KL can come out slightly negative.
 */
export async function klOf({ model, recipe, policy, rows, stream }: KlContext, reference: SetRef, work: Work) {
  const { klSamples, maxTokens } = recipe.evaluation;
  const drawn = Array.from({ length: klSamples }, (_, i) => rows[i % rows.length]!);
  const ids = drawn.map(({ id }, i) => `${id}/${Math.floor(i / rows.length)}`);
  const prompts = await preparePrompts(model, { recipe, set: policy, rows: drawn, ids }, work);
  const sampling = { maxTokens, temperature: 1, topK: 0, topP: 1 };
  const request = { set: policy, prompts, stream: `${stream}/kl`, numGenerations: 1, sampling, recipe };
  const answers = await sample(model, request, work);
  const lines = answers.map(([answer], i) => ({ promptIds: prompts[i]!.promptIds, tokenIds: answer!.tokenIds }));

  const scoring = { lines, temperature: 1, precision: recipe.precision.training };
  const own = await scoreTokens(model, { set: policy, ...scoring }, work);
  const others = await scoreTokens(model, { set: reference, ...scoring }, work);
  const ratios = own.map((logProbs, i) => sum(logProbs) - sum(others[i]!));
  return { kl: mean(ratios), standardError: standardError(ratios), tokens: tokensOf(answers) };
}

/** A completion as it was sampled. */
export interface SampledTokens {
  readonly promptIds: readonly number[];
  readonly tokenIds: readonly number[];
  /** Nats, as the sampler computed them at temperature 1. */
  readonly logProbs: readonly number[];
}

/** How far the sampler is from the trainer on tokens that it sampled: the same weights, computed for another purpose. */
export async function samplerGapOf(
  { model, recipe, policy }: Pick<KlContext, 'model' | 'recipe' | 'policy'>,
  lines: readonly SampledTokens[],
  work: Work,
): Promise<SamplerGap> {
  const scoring = { set: policy, lines, temperature: 1, precision: recipe.precision.training };
  const scored = await scoreTokens(model, scoring, work);
  const gaps = lines.flatMap(({ logProbs }, i) => logProbs.map((value, t) => Math.abs(value - scored[i]![t]!)));
  return { largest: gaps.reduce((largest, gap) => Math.max(largest, gap), 0), mean: mean(gaps), n: gaps.length };
}
