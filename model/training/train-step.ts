import type { TrainStepRequest, TrainStepResult } from '../engine-api.ts';
import * as tf from '../tf.ts';
import type { WeightSet } from '../weight-set.ts';
import { paddedTargets, toTensors } from './batch.ts';
import { packSequences } from './pack.ts';
import type { PackedBatch } from './pack.ts';

/** Tokens whose activations are held at once. A step of any size is made of such batches. */
const TOKENS_PER_BATCH = 1024;

/**
 * The batches of a step.
 *
 * @throws RangeError for sequences that cannot be trained on, before anything has changed.
 */
export function packForTraining(sequences: TrainStepRequest['sequences']): readonly PackedBatch[] {
  if (sequences.length === 0) throw new RangeError('trainStep: got no sequences; a step needs at least one');
  return packSequences(sequences, { tokensPerBatch: TOKENS_PER_BATCH });
}

/**
 * One optimizer step of a set on weighted sequences: the gradient of −Σ w · log π(completion | prompt), summed over
 * batches, then AdamW. How the sequences are cut into batches changes the result by rounding only.
 */
export async function trainStep(
  set: WeightSet,
  { set: ref, sequences, temperature, optimizer, precision }: TrainStepRequest,
  batches: readonly PackedBatch[],
  onBatch: (done: number, total: number) => Promise<void>,
): Promise<TrainStepResult> {
  const { architecture, weights, moments } = set;
  if (!moments) throw new RangeError(`trainStep: set ${ref.name} has no optimizer moments`);
  const gradients = architecture.gradients();
  const addGradients = architecture.addGradients(precision);
  let loss = 0;
  for (const [index, batch] of batches.entries()) {
    loss += tf.tidy(() => {
      const targetWeights = tf.tensor1d(weightsOfTargets(batch, sequences));
      return addGradients(weights, gradients, toTensors(batch), targetWeights, temperature).loss.dataSync()[0]!;
    });
    await onBatch(index + 1, batches.length);
  }
  set.optimizerSteps += 1;
  const gradNorm = architecture.adamW(weights, gradients, moments, set.optimizerSteps, optimizer);
  if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
    // The same batch gives the same again: not for a retry, and not for a recovery.
    throw new RangeError(
      `trainStep: set ${ref.name} at version ${ref.version}: loss ${loss}, gradient norm ${gradNorm}, expected finite ` +
        'numbers; lower the learning rate, or look for a sequence of extreme weight',
    );
  }
  return { version: ref.version + 1, loss, gradNorm, ...tokenCounts(batches) };
}

function weightsOfTargets(batch: PackedBatch, sequences: TrainStepRequest['sequences']): Float32Array {
  const weights = new Float32Array(paddedTargets(batch));
  batch.places.forEach(({ sequence }, i) => (weights[i] = sequences[sequence]!.weight));
  return weights;
}

function tokenCounts(batches: readonly PackedBatch[]) {
  const sum = (of: (batch: PackedBatch) => number) => batches.reduce((total, batch) => total + of(batch), 0);
  const computedTokens = sum(({ rows, length }) => rows * length);
  return {
    completionTokens: sum(({ targets }) => targets.length),
    computedTokens,
    paddingTokens: computedTokens - sum(({ usedTokens }) => usedTokens),
  };
}
