// Original file: server/proto/scoring.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { Sequence as _cabochon_model_v1_Sequence, Sequence__Output as _cabochon_model_v1_Sequence__Output } from '../../../cabochon/model/v1/Sequence.ts';
import type { Precision as _cabochon_model_v1_Precision, Precision__Output as _cabochon_model_v1_Precision__Output } from '../../../cabochon/model/v1/Precision.ts';

export interface ScoreRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  'sequences'?: (_cabochon_model_v1_Sequence)[];
  /**
   * Divides the logits.
   */
  'temperature'?: (number | string);
  'precision'?: (_cabochon_model_v1_Precision);
}

export interface ScoreRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  'sequences': (_cabochon_model_v1_Sequence__Output)[];
  /**
   * Divides the logits.
   */
  'temperature': (number);
  'precision': (_cabochon_model_v1_Precision__Output);
}
