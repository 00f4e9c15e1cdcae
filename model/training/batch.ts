import { packedContexts } from '../gemma3/attention-context.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { decode, embed } from '../gemma3/decoder.ts';
import { withoutCache, withoutDropout } from '../gemma3/decoder-layer.ts';
import type { Dropout } from '../gemma3/decoder-layer.ts';
import { readWeights } from '../gemma3/weights.ts';
import type { ForwardWeights, Gemma3Weights } from '../gemma3/weights.ts';
import { gatherRows } from '../tensor/raw-ops.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor1D, Tensor2D, Tensor3D } from '../tf.ts';
import type { PackedBatch } from './pack.ts';

/** A packed batch on the device. B rows of T tokens, M targets (padded). */
export interface BatchTensors {
  readonly ids: Tensor2D; // [B, T]
  readonly positions: Tensor2D; // [B, T]
  readonly sequences: Tensor2D; // [B, T]
  readonly branches: Tensor2D; // [B, T]
  readonly predictors: Tensor1D; // [M]
  readonly targets: Tensor1D; // [M]
}

// Numbers of targets are padded to a multiple of this, so that few shapes are traced.
const TARGETS_STEP = 64;

/** Number of targets with padding. */
export const paddedTargets = (batch: PackedBatch): number =>
  Math.ceil(batch.targets.length / TARGETS_STEP) * TARGETS_STEP;

/** Moves a packed batch to the device. Padding targets are token 0 after the first token; give them weight 0. */
export function toTensors(batch: PackedBatch): BatchTensors {
  const padded = (values: Int32Array) => {
    const list = new Int32Array(paddedTargets(batch));
    list.set(values);
    return tf.tensor1d(list, 'int32');
  };
  return { ...toGrids(batch), predictors: padded(batch.predictors), targets: padded(batch.targets) };
}

/** The part of a packed batch that has a number for each token. */
export function toGrids(batch: PackedBatch): Pick<BatchTensors, 'ids' | 'positions' | 'sequences' | 'branches'> {
  const grid = (values: Int32Array) => tf.tensor2d(values, [batch.rows, batch.length], 'int32');
  const { ids, positions, sequences, branches } = batch;
  return { ids: grid(ids), positions: grid(positions), sequences: grid(sequences), branches: grid(branches) };
}

/**
 * Hidden states that predict the targets. [M, D]
 *
 * @param x Embedded tokens of the batch. [B, T, D]
 */
export function predictingStates(
  weights: Omit<ForwardWeights, 'embedTokens'>,
  x: Tensor3D,
  batch: Omit<BatchTensors, 'ids' | 'targets'>,
  config: Gemma3Config,
  dropout: Dropout = withoutDropout,
): Tensor2D {
  const hidden = decode(weights, x, packedContexts(batch, config), config, withoutCache, dropout); // [B, T, D]
  return gatherRows(tf.reshape(hidden, [-1, config.hiddenSize]), batch.predictors);
}

/** The same from variables, without a gradient. */
export function statesOf(
  weights: Gemma3Weights<Variable>,
  batch: Omit<BatchTensors, 'targets'>,
  config: Gemma3Config,
): Tensor2D {
  return predictingStates(readWeights(weights), embed(weights.embedTokens, batch.ids), batch, config);
}
