// Original file: server/proto/training.proto

import type { Long } from '@grpc/proto-loader';

export interface TrainStepResult {
  'version'?: (number | string | Long);
  /**
   * Nats times the unit of the weights.
   */
  'loss'?: (number | string);
  /**
   * Global L2, before clipping.
   */
  'gradNorm'?: (number | string);
  'completionTokens'?: (number | string | Long);
  /**
   * Padding included.
   */
  'computedTokens'?: (number | string | Long);
  'paddingTokens'?: (number | string | Long);
  /**
   * What distillation adds to `loss`.
   */
  'teacherLoss'?: (number | string);
}

export interface TrainStepResult__Output {
  'version': (number);
  /**
   * Nats times the unit of the weights.
   */
  'loss': (number);
  /**
   * Global L2, before clipping.
   */
  'gradNorm': (number);
  'completionTokens': (number);
  /**
   * Padding included.
   */
  'computedTokens': (number);
  'paddingTokens': (number);
  /**
   * What distillation adds to `loss`.
   */
  'teacherLoss': (number);
}
