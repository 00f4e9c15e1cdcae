import type { PreferencePair } from '../api/reward-models.ts';
import * as tf from '../tf.ts';
import type { TrainedPart } from './adamw.ts';
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
 * The batches of a step: the two completions of a pair are neighbours with one prompt, so they share a row. Of a probe, one
 * batch for each pair.
 *
 * @throws RangeError for pairs that cannot be trained on, before anything has changed.
 */
export function packPairs(pairs: readonly PreferencePair[], part: TrainedPart): readonly PackedBatch[] {
  if (pairs.length === 0) throw new RangeError('rewardStep: got no pairs; a step needs at least one');
  const pack = (some: readonly PreferencePair[]) =>
    packSequences(sequencesOf(some), { tokensPerBatch: TOKENS_PER_BATCH, together: 2 });
  return part === 'head' ? pairs.flatMap((pair) => pack([pair])) : pack(pairs);
}

/** Chosen and rejected completion of each pair in turn: sequence 2i and 2i + 1. */
export function sequencesOf(pairs: readonly PreferencePair[]) {
  return pairs.flatMap(({ promptIds, chosenIds, rejectedIds }) => [
    { promptIds, completionIds: chosenIds },
    { promptIds, completionIds: rejectedIds },
  ]);
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
  const own = placed.map(({ pair }) => pairs[pair]!);
  return {
    ...toGrids(batch),
    predictors: tf.concat1d([ends('chosen'), ends('rejected')]),
    ...lossWeights(own, pairs.length),
    seed: tf.tensor1d([...seed], 'int32'),
  };
}

/** What the loss takes of pairs, `all` being those of the step. [P], padded */
export function lossWeights(pairs: readonly PreferencePair[], all: number): Pick<PairTensors, 'weights' | 'margins'> {
  const numbers = (of: (pair: PreferencePair) => number) => {
    const list = new Float32Array(paddedPairs(pairs.length));
    list.set(pairs.map(of));
    return tf.tensor1d(list);
  };
  return { weights: numbers(() => 1 / all), margins: numbers(({ margin = 0 }) => margin) };
}

export const paddedPairs = (pairs: number): number => Math.ceil(pairs / PAIRS_STEP) * PAIRS_STEP;
