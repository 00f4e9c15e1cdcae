// Original file: server/proto/distillation.proto

import type { SparseTargets as _cabochon_model_v1_SparseTargets, SparseTargets__Output as _cabochon_model_v1_SparseTargets__Output } from '../../../cabochon/model/v1/SparseTargets.ts';

export interface TeacherTargetsResponse {
  /**
   * [sequences]
   */
  'sequences'?: (_cabochon_model_v1_SparseTargets)[];
}

export interface TeacherTargetsResponse__Output {
  /**
   * [sequences]
   */
  'sequences': (_cabochon_model_v1_SparseTargets__Output)[];
}
