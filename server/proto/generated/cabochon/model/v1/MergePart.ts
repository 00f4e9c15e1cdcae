// Original file: server/proto/merging.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';

export interface MergePart {
  'set'?: (_cabochon_model_v1_SetRef | null);
  'weight'?: (number | string);
}

export interface MergePart__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  'weight': (number);
}
