// Original file: server/proto/sequences.proto

import type { Sequence as _cabochon_model_v1_Sequence, Sequence__Output as _cabochon_model_v1_Sequence__Output } from '../../../cabochon/model/v1/Sequence.ts';

export interface TokenizeResponse {
  /**
   * [items]
   */
  'sequences'?: (_cabochon_model_v1_Sequence)[];
}

export interface TokenizeResponse__Output {
  /**
   * [items]
   */
  'sequences': (_cabochon_model_v1_Sequence__Output)[];
}
