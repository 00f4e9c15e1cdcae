// Original file: server/proto/reward_models.proto

import type { Long } from '@grpc/proto-loader';

export interface RewardStepResult {
  'version'?: (number | string | Long);
  'loss'?: (number | string);
  /**
   * Of what is trained, before clipping.
   */
  'gradNorm'?: (number | string);
  /**
   * Share of pairs ranked right before the step.
   */
  'accuracy'?: (number | string);
  /**
   * r+ - r-
   */
  'meanDifference'?: (number | string);
  'meanReward'?: (number | string);
  /**
   * Padding included.
   */
  'computedTokens'?: (number | string | Long);
  'paddingTokens'?: (number | string | Long);
}

export interface RewardStepResult__Output {
  'version': (number);
  'loss': (number);
  /**
   * Of what is trained, before clipping.
   */
  'gradNorm': (number);
  /**
   * Share of pairs ranked right before the step.
   */
  'accuracy': (number);
  /**
   * r+ - r-
   */
  'meanDifference': (number);
  'meanReward': (number);
  /**
   * Padding included.
   */
  'computedTokens': (number);
  'paddingTokens': (number);
}
