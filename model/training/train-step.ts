import type { TrainStepRequest, TrainStepResult } from '../api/training.ts';
import * as tf from '../tf.ts';
import type { WeightSet } from '../weight-set.ts';
import { paddedTargets, toTensors } from './batch.ts';
import type { LossParts } from './gradients.ts';
import { packSequences } from './pack.ts';
import type { PackedBatch } from './pack.ts';
import { addTeacherGradients } from './teacher.ts';
import type { TeacherSet } from './teacher.ts';

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
 * One optimizer step of a set on weighted sequences: the gradient of −Σ w · log π(completion | prompt), and of what they
 * learn from a teacher, summed over batches, then AdamW. How the sequences are cut into batches changes the result by
 * rounding only.
 */
export async function trainStep(
  set: WeightSet,
  request: TrainStepRequest,
  batches: readonly PackedBatch[],
  teacher: TeacherSet | undefined,
  onBatch: (done: number, total: number) => Promise<void>,
): Promise<TrainStepResult> {
  const { set: ref, optimizer } = request;
  const { architecture, moments } = set;
  if (!moments) throw new RangeError(`trainStep: set ${ref.name} has no optimizer moments`);
  const gradients = set.gradients();
  let loss = 0;
  let teacherLoss = 0;
  for (const [index, batch] of batches.entries()) {
    tf.tidy(() => {
      const parts = addGradientsOfBatch(set, request, batch, teacher);
      loss += parts.loss.dataSync()[0]!;
      teacherLoss += parts.teacherLoss?.dataSync()[0] ?? 0;
    });
    await onBatch(index + 1, batches.length);
  }
  set.optimizerSteps += 1;
  const gradNorm = architecture.adamW(set.own, gradients, moments, set.optimizerSteps, optimizer);
  if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
    // The same batch gives the same again: not for a retry, and not for a recovery.
    throw new RangeError(
      `trainStep: set ${ref.name} at version ${ref.version}: loss ${loss}, gradient norm ${gradNorm}, expected finite ` +
        'numbers; lower the learning rate, or look for a sequence of extreme weight',
    );
  }
  return { version: ref.version + 1, loss, teacherLoss, gradNorm, ...tokenCounts(batches) };
}

function addGradientsOfBatch(
  set: WeightSet,
  { sequences, temperature, precision, distillation }: TrainStepRequest,
  batch: PackedBatch,
  teacher: TeacherSet | undefined,
): LossParts {
  const { architecture, weights } = set;
  const gradients = set.gradients();
  const targetWeights = weightsOfTargets(batch, sequences);
  if (!distillation) {
    const addGradients = architecture.addGradients(precision);
    return addGradients(weights, gradients, toTensors(batch), tf.tensor1d(targetWeights), temperature);
  }
  return addTeacherGradients({
    ...{ student: architecture.student(precision), parameters: weights, gradients, batch, sequences },
    ...{ weights: targetWeights, distillation, temperature, teacher },
  });
}

function weightsOfTargets(batch: PackedBatch, sequences: TrainStepRequest['sequences']): Float32Array<ArrayBuffer> {
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
