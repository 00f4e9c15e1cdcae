// Original file: server/proto/sets.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { RewardModelInfo as _cabochon_model_v1_RewardModelInfo, RewardModelInfo__Output as _cabochon_model_v1_RewardModelInfo__Output } from '../../../cabochon/model/v1/RewardModelInfo.ts';

export interface SaveRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  /**
   * Absolute path as the server sees it. An existing folder is replaced.
   */
  'folder'?: (string);
  'withOptimizer'?: (boolean);
  /**
   * Absent: what was noted where the set came from.
   */
  'rewardModel'?: (_cabochon_model_v1_RewardModelInfo | null);
  /**
   * Of an adapter: the whole model that it makes of its base. Else a folder as peft lays it down.
   */
  'merged'?: (boolean);
  '_rewardModel'?: "rewardModel";
}

export interface SaveRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * Absolute path as the server sees it. An existing folder is replaced.
   */
  'folder': (string);
  'withOptimizer': (boolean);
  /**
   * Absent: what was noted where the set came from.
   */
  'rewardModel'?: (_cabochon_model_v1_RewardModelInfo__Output | null);
  /**
   * Of an adapter: the whole model that it makes of its base. Else a folder as peft lays it down.
   */
  'merged': (boolean);
}
