import type { Precision } from './precision.ts';
import type { Sequence } from './sequences.ts';
import type { SetRef } from './sets.ts';
import type { OptimizerOptions } from './training.ts';

export interface RewardRequest {
  readonly set: SetRef;
  readonly sequences: readonly Sequence[];
  /** By the set's own calibration. False: the head's number as it is. */
  readonly calibrated: boolean;
  readonly precision: Precision;
}

export interface RewardResult {
  /** One for each sequence. */
  readonly rewards: readonly number[];
}

export interface RewardStepRequest {
  /** A reward model, at the version to step from. The answer's version is one higher. */
  readonly set: SetRef;
  readonly fence: number;
  /** Identity of the batch, as in TrainStepRequest. */
  readonly batchDigest: string;
  /** The loss is the mean over pairs of −log σ(r⁺ − r⁻ − margin) + centerCoefficient · (r⁺ + r⁻)². */
  readonly pairs: readonly PreferencePair[];
  readonly centerCoefficient: number;
  /** Of the branches of each layer. `seed` (32 bits) decides what is dropped; rate 0: nothing. */
  readonly dropout: { readonly rate: number; readonly seed: number };
  /** `head`: the linear probe, on features that stay as they are, without dropout. */
  readonly part: 'all' | 'head';
  readonly optimizer: OptimizerOptions;
  readonly precision: Precision;
}

/** Two completions of one prompt, of which the first was preferred. */
export interface PreferencePair {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
  /** By how much the chosen one's reward must be higher. Default 0. */
  readonly margin?: number;
}

export interface RewardStepResult {
  readonly version: number;
  readonly loss: number;
  /** Global L2 of what is trained, before clipping. */
  readonly gradNorm: number;
  /** Share of pairs ranked right before the step, ties as halves; mean of r⁺ − r⁻; mean reward. Under dropout, if any. */
  readonly accuracy: number;
  readonly meanDifference: number;
  readonly meanReward: number;
  /** Tokens computed, padding included, and tokens that were padding; of a probe, what its pairs take when first read. */
  readonly computedTokens: number;
  readonly paddingTokens: number;
}
