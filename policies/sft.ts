/** Optimizer steps in which each of `examples` is used `epochs` times; the last step may be smaller. */
export function sftSteps(examples: number, { epochs, batchSize }: { epochs: number; batchSize: number }): number {
  return Math.ceil((examples * epochs) / batchSize);
}

/**
 * Weights w that make the loss −Σ w · log π the mean negative log-likelihood of a completion token, over the batch.
 *
 * The same for every sequence: a long completion counts for its tokens, and the loss does not depend on how the batch is
 * cut into pieces.
 *
 * @param completionTokens Tokens of each completion, end token included.
 */
export function sftWeights(completionTokens: readonly number[]): number[] {
  const total = completionTokens.reduce((sum, tokens) => sum + tokens, 0);
  if (!(total > 0)) throw new RangeError(`sftWeights: got ${total} completion tokens in the batch, expected some`);
  return completionTokens.map(() => 1 / total);
}
