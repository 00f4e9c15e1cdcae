// Original file: server/proto/model_service.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';

export interface SaveRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  /**
   * Absolute path as the server sees it. An existing folder is replaced.
   */
  'folder'?: (string);
  'withOptimizer'?: (boolean);
}

export interface SaveRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * Absolute path as the server sees it. An existing folder is replaced.
   */
  'folder': (string);
  'withOptimizer': (boolean);
}
