// Original file: server/proto/merging.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { LinearMerge as _cabochon_model_v1_LinearMerge, LinearMerge__Output as _cabochon_model_v1_LinearMerge__Output } from '../../../cabochon/model/v1/LinearMerge.ts';
import type { SlerpMerge as _cabochon_model_v1_SlerpMerge, SlerpMerge__Output as _cabochon_model_v1_SlerpMerge__Output } from '../../../cabochon/model/v1/SlerpMerge.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * In float32. The sets stay as they are; all must have the shapes of the first.
 */
export interface MergeRequest {
  /**
   * The set to make, at the version it is to have, without moments. None of those it is made from.
   */
  'to'?: (_cabochon_model_v1_SetRef | null);
  'fence'?: (number | string | Long);
  'linear'?: (_cabochon_model_v1_LinearMerge | null);
  'slerp'?: (_cabochon_model_v1_SlerpMerge | null);
  'method'?: "linear"|"slerp";
}

/**
 * In float32. The sets stay as they are; all must have the shapes of the first.
 */
export interface MergeRequest__Output {
  /**
   * The set to make, at the version it is to have, without moments. None of those it is made from.
   */
  'to': (_cabochon_model_v1_SetRef__Output | null);
  'fence': (number);
  'linear'?: (_cabochon_model_v1_LinearMerge__Output | null);
  'slerp'?: (_cabochon_model_v1_SlerpMerge__Output | null);
}
