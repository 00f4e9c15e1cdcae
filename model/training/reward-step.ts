import type { PreferencePair, RewardStepRequest, RewardStepResult } from '../api/reward-models.ts';
import * as tf from '../tf.ts';
import type { WeightSet } from '../weight-set.ts';
import { toGrids } from './batch.ts';
import type { PairTensors } from './bradley-terry.ts';
import { packSequences } from './pack.ts';
import type { PackedBatch } from './pack.ts';
import { paddedEnds } from './reward.ts';

/** Tokens whose activations are held at once. A pair that is longer gets a batch of its own. */
const TOKENS_PER_BATCH = 1024;

// Numbers of pairs are padded to a multiple of this, so that few shapes are traced.
const PAIRS_STEP = 8;

/**
 * The batches of a step: the two completions of a pair are neighbours with one prompt, so they share a row.
 *
 * @throws RangeError for pairs that cannot be trained on, before anything has changed.
 */
export function packPairs(pairs: readonly PreferencePair[]): readonly PackedBatch[] {
  if (pairs.length === 0) throw new RangeError('rewardStep: got no pairs; a step needs at least one');
  return packSequences(sequencesOf(pairs), { tokensPerBatch: TOKENS_PER_BATCH, together: 2 });
}

/** Chosen and rejected completion of each pair in turn: sequence 2i and 2i + 1. */
export function sequencesOf(pairs: readonly PreferencePair[]) {
  return pairs.flatMap(({ promptIds, chosenIds, rejectedIds }) => [
    { promptIds, completionIds: chosenIds },
    { promptIds, completionIds: rejectedIds },
  ]);
}

/** One optimizer step of a reward model: the gradient of the mean loss of the pairs, then AdamW. */
export async function rewardStep(
  set: WeightSet,
  request: RewardStepRequest,
  batches: readonly PackedBatch[],
  onBatch: (done: number, total: number) => Promise<void>,
): Promise<RewardStepResult> {
  const { set: ref, pairs, centerCoefficient, dropout, part, optimizer, precision } = request;
  const { architecture, weights, moments } = set;
  if (!moments) throw new RangeError(`rewardStep: set ${ref.name} has no optimizer moments`);
  const gradients = architecture.gradients();
  const addGradients = architecture.addPairGradients(precision);
  const options = { centerCoefficient, dropoutRate: part === 'head' ? 0 : dropout.rate, part };
  const totals = { loss: 0, right: 0, difference: 0, reward: 0 };
  for (const [number, batch] of batches.entries()) {
    const placed = pairsOf(batch);
    const [loss, rewards] = tf.tidy(() => {
      const tensors = pairTensors(batch, placed, pairs, [dropout.seed, number * 4096]);
      const parts = addGradients(weights, gradients, tensors, options);
      return [parts.loss.dataSync()[0]!, parts.rewards.dataSync()];
    });
    totals.loss += loss;
    placed.forEach((_, i) => {
      const [chosen, rejected] = [rewards[i]!, rewards[rewards.length / 2 + i]!];
      totals.right += chosen > rejected ? 1 : chosen === rejected ? 0.5 : 0;
      totals.difference += chosen - rejected;
      totals.reward += (chosen + rejected) / 2;
    });
    await onBatch(number + 1, batches.length);
  }
  set.optimizerSteps += 1;
  const gradNorm = architecture.adamW(weights, gradients, moments, set.optimizerSteps, optimizer, part);
  if (!Number.isFinite(totals.loss) || !Number.isFinite(gradNorm)) {
    // The same batch gives the same again: not for a retry, and not for a recovery.
    throw new RangeError(
      `rewardStep: set ${ref.name} at version ${ref.version}: loss ${totals.loss}, gradient norm ${gradNorm}, expected ` +
        'finite numbers; lower the learning rate',
    );
  }
  const computedTokens = batches.reduce((sum, { rows, length }) => sum + rows * length, 0);
  return {
    ...{ version: ref.version + 1, loss: totals.loss, gradNorm, accuracy: totals.right / pairs.length },
    ...{ meanDifference: totals.difference / pairs.length, meanReward: totals.reward / pairs.length },
    ...{ computedTokens, paddingTokens: computedTokens - batches.reduce((sum, { usedTokens }) => sum + usedTokens, 0) },
  };
}

export interface PlacedPair {
  readonly pair: number;
  readonly chosen: number;
  readonly rejected: number;
}

/** The pairs of a batch, with the places of their last tokens. */
export function pairsOf({ ends }: PackedBatch): PlacedPair[] {
  const places = new Map(ends.map(({ sequence, index }) => [sequence, index]));
  return ends.flatMap(({ sequence, index }) =>
    sequence % 2 === 0 ? [{ pair: sequence / 2, chosen: index, rejected: places.get(sequence + 1)! }] : [],
  );
}

/** Such pairs on the device. `seed` is that of the dropout. */
export function pairTensors(
  batch: PackedBatch,
  placed: readonly PlacedPair[],
  pairs: readonly PreferencePair[],
  seed: readonly [number, number],
): PairTensors {
  const ends = (which: 'chosen' | 'rejected') =>
    paddedEnds(
      placed.map((each) => each[which]),
      PAIRS_STEP,
    );
  const size = Math.ceil(placed.length / PAIRS_STEP) * PAIRS_STEP;
  const numbers = (of: (pair: PreferencePair) => number) => {
    const list = new Float32Array(size);
    list.set(placed.map(({ pair }) => of(pairs[pair]!)));
    return tf.tensor1d(list);
  };
  return {
    ...toGrids(batch),
    predictors: tf.concat1d([ends('chosen'), ends('rejected')]),
    weights: numbers(() => 1 / pairs.length),
    margins: numbers(({ margin = 0 }) => margin),
    seed: tf.tensor1d([...seed], 'int32'),
  };
}
