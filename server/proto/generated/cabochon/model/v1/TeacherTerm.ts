// Original file: server/proto/distillation.proto

import type { SparseTargets as _cabochon_model_v1_SparseTargets, SparseTargets__Output as _cabochon_model_v1_SparseTargets__Output } from '../../../cabochon/model/v1/SparseTargets.ts';

export interface TeacherTerm {
  /**
   * Names the sequence in the random stream of the draws.
   */
  'id'?: (string);
  /**
   * d in the loss sum of d * divergence from the teacher.
   */
  'weight'?: (number | string);
  /**
   * For distillation with given targets.
   */
  'targets'?: (_cabochon_model_v1_SparseTargets | null);
  '_targets'?: "targets";
}

export interface TeacherTerm__Output {
  /**
   * Names the sequence in the random stream of the draws.
   */
  'id': (string);
  /**
   * d in the loss sum of d * divergence from the teacher.
   */
  'weight': (number);
  /**
   * For distillation with given targets.
   */
  'targets'?: (_cabochon_model_v1_SparseTargets__Output | null);
}
