// Original file: server/proto/distillation.proto

import type { DistillationKind as _cabochon_model_v1_DistillationKind, DistillationKind__Output as _cabochon_model_v1_DistillationKind__Output } from '../../../cabochon/model/v1/DistillationKind.ts';
import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { TeacherDraw as _cabochon_model_v1_TeacherDraw, TeacherDraw__Output as _cabochon_model_v1_TeacherDraw__Output } from '../../../cabochon/model/v1/TeacherDraw.ts';

export interface Distillation {
  'kind'?: (_cabochon_model_v1_DistillationKind);
  /**
   * Divides both models' logits; no factor of its square.
   */
  'temperature'?: (number | string);
  'teacher'?: (_cabochon_model_v1_SetRef | null);
  'draw'?: (_cabochon_model_v1_TeacherDraw | null);
  /**
   * [0, 1]
   */
  'beta'?: (number | string);
  '_teacher'?: "teacher";
  '_draw'?: "draw";
  '_beta'?: "beta";
}

export interface Distillation__Output {
  'kind': (_cabochon_model_v1_DistillationKind__Output);
  /**
   * Divides both models' logits; no factor of its square.
   */
  'temperature': (number);
  'teacher'?: (_cabochon_model_v1_SetRef__Output | null);
  'draw'?: (_cabochon_model_v1_TeacherDraw__Output | null);
  /**
   * [0, 1]
   */
  'beta'?: (number);
}
