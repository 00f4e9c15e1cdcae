// Original file: server/proto/distillation.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { TeacherSequence as _cabochon_model_v1_TeacherSequence, TeacherSequence__Output as _cabochon_model_v1_TeacherSequence__Output } from '../../../cabochon/model/v1/TeacherSequence.ts';
import type { TeacherDraw as _cabochon_model_v1_TeacherDraw, TeacherDraw__Output as _cabochon_model_v1_TeacherDraw__Output } from '../../../cabochon/model/v1/TeacherDraw.ts';
import type { Precision as _cabochon_model_v1_Precision, Precision__Output as _cabochon_model_v1_Precision__Output } from '../../../cabochon/model/v1/Precision.ts';

export interface TeacherTargetsRequest {
  'teacher'?: (_cabochon_model_v1_SetRef | null);
  /**
   * The set that will learn: refused when their tokenizers differ.
   */
  'student'?: (string);
  'sequences'?: (_cabochon_model_v1_TeacherSequence)[];
  'draw'?: (_cabochon_model_v1_TeacherDraw | null);
  /**
   * Divides the teacher's logits.
   */
  'temperature'?: (number | string);
  'precision'?: (_cabochon_model_v1_Precision);
}

export interface TeacherTargetsRequest__Output {
  'teacher': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * The set that will learn: refused when their tokenizers differ.
   */
  'student': (string);
  'sequences': (_cabochon_model_v1_TeacherSequence__Output)[];
  'draw': (_cabochon_model_v1_TeacherDraw__Output | null);
  /**
   * Divides the teacher's logits.
   */
  'temperature': (number);
  'precision': (_cabochon_model_v1_Precision__Output);
}
