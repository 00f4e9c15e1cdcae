// Original file: server/proto/merging.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { Long } from '@grpc/proto-loader';

export interface EmaRequest {
  'target'?: (_cabochon_model_v1_SetRef | null);
  'source'?: (_cabochon_model_v1_SetRef | null);
  /**
   * [0, 1]
   */
  'rate'?: (number | string);
  'fence'?: (number | string | Long);
}

export interface EmaRequest__Output {
  'target': (_cabochon_model_v1_SetRef__Output | null);
  'source': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * [0, 1]
   */
  'rate': (number);
  'fence': (number);
}
