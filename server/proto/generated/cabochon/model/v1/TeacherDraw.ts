// Original file: server/proto/distillation.proto

import type { TeacherWeighting as _cabochon_model_v1_TeacherWeighting, TeacherWeighting__Output as _cabochon_model_v1_TeacherWeighting__Output } from '../../../cabochon/model/v1/TeacherWeighting.ts';
import type { Long } from '@grpc/proto-loader';

export interface TeacherDraw {
  /**
   * For each position, with replacement.
   */
  'samples'?: (number);
  'weighting'?: (_cabochon_model_v1_TeacherWeighting);
  /**
   * Draw among the k most likely tokens; 0 means all.
   */
  'topK'?: (number);
  /**
   * Within +-(2^53 - 1).
   */
  'seed'?: (number | string | Long);
}

export interface TeacherDraw__Output {
  /**
   * For each position, with replacement.
   */
  'samples': (number);
  'weighting': (_cabochon_model_v1_TeacherWeighting__Output);
  /**
   * Draw among the k most likely tokens; 0 means all.
   */
  'topK': (number);
  /**
   * Within +-(2^53 - 1).
   */
  'seed': (number);
}
