import { normalizeOutcomes } from '../../sdk/outcomes.ts';
import type { Outcome, Reward, Sample } from '../../sdk/reward.ts';

/** Judges samples with a reward, parameters as a recipe gives them. */
export async function judgeWith<Params, Row>(
  reward: Reward<Params, Row>,
  params: unknown,
  samples: readonly Sample<Row>[],
): Promise<Outcome[]> {
  const context = { signal: AbortSignal.timeout(reward.timeoutMs) };
  return normalizeOutcomes(reward, await reward.score(samples, reward.params.parse(params), context), samples.length);
}
