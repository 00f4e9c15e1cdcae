// Original file: server/proto/generation.proto

import type { FinishReason as _cabochon_model_v1_FinishReason, FinishReason__Output as _cabochon_model_v1_FinishReason__Output } from '../../../cabochon/model/v1/FinishReason.ts';

export interface Completion {
  /**
   * Without the end token.
   */
  'text'?: (string);
  /**
   * With it when `finish_reason` is STOP.
   */
  'tokenIds'?: (number)[];
  /**
   * Nats, of each token under softmax(logits / temperature); temperature 1 if greedy.
   */
  'logProbs'?: (number | string)[];
  'finishReason'?: (_cabochon_model_v1_FinishReason);
}

export interface Completion__Output {
  /**
   * Without the end token.
   */
  'text': (string);
  /**
   * With it when `finish_reason` is STOP.
   */
  'tokenIds': (number)[];
  /**
   * Nats, of each token under softmax(logits / temperature); temperature 1 if greedy.
   */
  'logProbs': (number)[];
  'finishReason': (_cabochon_model_v1_FinishReason__Output);
}
