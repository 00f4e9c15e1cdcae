import type { ModelClient, Precision, SetRef } from '../server/client.ts';
import type { Work } from './work.ts';

interface ScoreTokens {
  readonly set: SetRef;
  readonly lines: readonly { readonly promptIds: readonly number[]; readonly tokenIds: readonly number[] }[];
  readonly temperature: number;
  readonly precision: Precision;
}

/** Nats of each token of each completion. */
export async function scoreTokens(
  model: ModelClient,
  { set, lines, temperature, precision }: ScoreTokens,
  { signal }: Work,
): Promise<readonly (readonly number[])[]> {
  const sequences = lines.map(({ promptIds, tokenIds }) => ({ promptIds, completionIds: tokenIds }));
  return (await model.score({ set, sequences, temperature, precision }, { signal })).logProbs;
}
