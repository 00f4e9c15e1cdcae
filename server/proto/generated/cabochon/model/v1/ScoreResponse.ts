// Original file: server/proto/scoring.proto

import type { TokenLogProbs as _cabochon_model_v1_TokenLogProbs, TokenLogProbs__Output as _cabochon_model_v1_TokenLogProbs__Output } from '../../../cabochon/model/v1/TokenLogProbs.ts';

export interface ScoreResponse {
  /**
   * [sequences]
   */
  'sequences'?: (_cabochon_model_v1_TokenLogProbs)[];
}

export interface ScoreResponse__Output {
  /**
   * [sequences]
   */
  'sequences': (_cabochon_model_v1_TokenLogProbs__Output)[];
}
