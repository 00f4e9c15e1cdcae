// Original file: server/proto/training.proto

import type { TeacherTerm as _cabochon_model_v1_TeacherTerm, TeacherTerm__Output as _cabochon_model_v1_TeacherTerm__Output } from '../../../cabochon/model/v1/TeacherTerm.ts';

export interface WeightedSequence {
  'promptIds'?: (number)[];
  'completionIds'?: (number)[];
  /**
   * w in the loss -sum of w * log pi(completion | prompt). May be negative.
   */
  'weight'?: (number | string);
  /**
   * Only in a step with distillation.
   */
  'teacher'?: (_cabochon_model_v1_TeacherTerm | null);
  '_teacher'?: "teacher";
}

export interface WeightedSequence__Output {
  'promptIds': (number)[];
  'completionIds': (number)[];
  /**
   * w in the loss -sum of w * log pi(completion | prompt). May be negative.
   */
  'weight': (number);
  /**
   * Only in a step with distillation.
   */
  'teacher'?: (_cabochon_model_v1_TeacherTerm__Output | null);
}
