// Original file: server/proto/sets.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { Long } from '@grpc/proto-loader';

export interface CopyRequest {
  'from'?: (_cabochon_model_v1_SetRef | null);
  /**
   * The new set starts at the version of `from`, without moments.
   */
  'to'?: (string);
  'fence'?: (number | string | Long);
}

export interface CopyRequest__Output {
  'from': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * The new set starts at the version of `from`, without moments.
   */
  'to': (string);
  'fence': (number);
}
