// Original file: server/proto/reward_models.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { Sequence as _cabochon_model_v1_Sequence, Sequence__Output as _cabochon_model_v1_Sequence__Output } from '../../../cabochon/model/v1/Sequence.ts';
import type { Precision as _cabochon_model_v1_Precision, Precision__Output as _cabochon_model_v1_Precision__Output } from '../../../cabochon/model/v1/Precision.ts';

export interface RewardRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  'sequences'?: (_cabochon_model_v1_Sequence)[];
  /**
   * (r - mean) / std by the set's own calibration.
   */
  'calibrated'?: (boolean);
  'precision'?: (_cabochon_model_v1_Precision);
}

export interface RewardRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  'sequences': (_cabochon_model_v1_Sequence__Output)[];
  /**
   * (r - mean) / std by the set's own calibration.
   */
  'calibrated': (boolean);
  'precision': (_cabochon_model_v1_Precision__Output);
}
