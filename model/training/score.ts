import type { Precision } from '../api/precision.ts';
import type { Sequence } from '../api/sequences.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { targetLogProbs } from '../gemma3/head.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor1D, Tensor2D } from '../tf.ts';
import { statesOf, toTensors } from './batch.ts';
import type { BatchTensors } from './batch.ts';
import { packSequences } from './pack.ts';

/** Tokens of a batch in scoring: no gradients are kept, so it can be larger than in training. */
const TOKENS_PER_BATCH = 2048;

/**
 * Makes the scorer of an architecture: log-probabilities, in nats, of each completion token of each sequence.
 *
 * @returns A function of weights, sequences and temperature; it yields to the event loop after each batch and calls
 *   `onBatch` with the number of sequences done and in all.
 */
export function createScorer(config: Gemma3Config, precision: Precision) {
  const score = compile(
    'score',
    (weights: Gemma3Weights<Variable>, batch: BatchTensors, temperature: number): Tensor1D =>
      targetLogProbs(
        statesOf(weights, batch, config),
        readVariable(weights.embedTokens) as Tensor2D,
        batch.targets,
        temperature,
      ),
    { precision },
  );

  return async (
    weights: Gemma3Weights<Variable>,
    sequences: readonly Sequence[],
    temperature: number,
    onBatch: (done: number, total: number) => Promise<void>,
  ): Promise<number[][]> => {
    const logProbs: number[][] = sequences.map(({ completionIds }) => new Array<number>(completionIds.length));
    const batches = packSequences(sequences, { tokensPerBatch: TOKENS_PER_BATCH });
    for (const [index, batch] of batches.entries()) {
      const values = tf.tidy(() => score(weights, toTensors(batch), temperature).dataSync());
      batch.places.forEach(({ sequence, token }, i) => (logProbs[sequence]![token] = values[i]!));
      await onBatch(index + 1, batches.length);
    }
    return logProbs;
  };
}
