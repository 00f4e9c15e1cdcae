// Original file: server/proto/sequences.proto

import type { TokenizeItem as _cabochon_model_v1_TokenizeItem, TokenizeItem__Output as _cabochon_model_v1_TokenizeItem__Output } from '../../../cabochon/model/v1/TokenizeItem.ts';

export interface TokenizeRequest {
  'set'?: (string);
  'items'?: (_cabochon_model_v1_TokenizeItem)[];
  /**
   * Wrap each prompt as one user turn of the chat template.
   */
  'chat'?: (boolean);
}

export interface TokenizeRequest__Output {
  'set': (string);
  'items': (_cabochon_model_v1_TokenizeItem__Output)[];
  /**
   * Wrap each prompt as one user turn of the chat template.
   */
  'chat': (boolean);
}
