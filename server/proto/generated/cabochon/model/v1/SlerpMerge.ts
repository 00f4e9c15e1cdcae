// Original file: server/proto/merging.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';

/**
 * base + SLERP of (set - base), one angle for each decoder layer. More than two sets are taken one after the other.
 */
export interface SlerpMerge {
  'base'?: (_cabochon_model_v1_SetRef | null);
  /**
   * At least two.
   */
  'sets'?: (_cabochon_model_v1_SetRef)[];
  /**
   * [0, 1]; of each set after the first.
   */
  'lambdas'?: (number | string)[];
}

/**
 * base + SLERP of (set - base), one angle for each decoder layer. More than two sets are taken one after the other.
 */
export interface SlerpMerge__Output {
  'base': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * At least two.
   */
  'sets': (_cabochon_model_v1_SetRef__Output)[];
  /**
   * [0, 1]; of each set after the first.
   */
  'lambdas': (number)[];
}
