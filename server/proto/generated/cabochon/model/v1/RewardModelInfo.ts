// Original file: server/proto/sets.proto

import type { Calibration as _cabochon_model_v1_Calibration, Calibration__Output as _cabochon_model_v1_Calibration__Output } from '../../../cabochon/model/v1/Calibration.ts';

/**
 * What is known of a reward model beside its weights.
 */
export interface RewardModelInfo {
  /**
   * Of the pretrained weights.
   */
  'baseSha256'?: (string);
  /**
   * Of the linear probe whose head the fine-tuning began with.
   */
  'headSha256'?: (string);
  'calibration'?: (_cabochon_model_v1_Calibration | null);
  '_calibration'?: "calibration";
}

/**
 * What is known of a reward model beside its weights.
 */
export interface RewardModelInfo__Output {
  /**
   * Of the pretrained weights.
   */
  'baseSha256': (string);
  /**
   * Of the linear probe whose head the fine-tuning began with.
   */
  'headSha256': (string);
  'calibration'?: (_cabochon_model_v1_Calibration__Output | null);
}
