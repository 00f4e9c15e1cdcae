// Original file: server/proto/sets.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { ScoreHead as _cabochon_model_v1_ScoreHead, ScoreHead__Output as _cabochon_model_v1_ScoreHead__Output } from '../../../cabochon/model/v1/ScoreHead.ts';
import type { Adapter as _cabochon_model_v1_Adapter, Adapter__Output as _cabochon_model_v1_Adapter__Output } from '../../../cabochon/model/v1/Adapter.ts';
import type { Long } from '@grpc/proto-loader';

export interface LoadRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  /**
   * Absolute path of a folder in Hugging Face layout or of a .gguf file, as the server sees it.
   */
  'source'?: (string);
  /**
   * With optimizer moments: those in `source`, else zero.
   */
  'trainable'?: (boolean);
  'fence'?: (number | string | Long);
  /**
   * Loads a language model as a reward model.
   */
  'scoreHead'?: (_cabochon_model_v1_ScoreHead | null);
  /**
   * Loads or makes an adapter on another set.
   */
  'adapter'?: (_cabochon_model_v1_Adapter | null);
  '_scoreHead'?: "scoreHead";
  '_adapter'?: "adapter";
}

export interface LoadRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * Absolute path of a folder in Hugging Face layout or of a .gguf file, as the server sees it.
   */
  'source': (string);
  /**
   * With optimizer moments: those in `source`, else zero.
   */
  'trainable': (boolean);
  'fence': (number);
  /**
   * Loads a language model as a reward model.
   */
  'scoreHead'?: (_cabochon_model_v1_ScoreHead__Output | null);
  /**
   * Loads or makes an adapter on another set.
   */
  'adapter'?: (_cabochon_model_v1_Adapter__Output | null);
}
