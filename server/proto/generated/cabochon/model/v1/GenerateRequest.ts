// Original file: server/proto/generation.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { GeneratePrompt as _cabochon_model_v1_GeneratePrompt, GeneratePrompt__Output as _cabochon_model_v1_GeneratePrompt__Output } from '../../../cabochon/model/v1/GeneratePrompt.ts';
import type { SamplingOptions as _cabochon_model_v1_SamplingOptions, SamplingOptions__Output as _cabochon_model_v1_SamplingOptions__Output } from '../../../cabochon/model/v1/SamplingOptions.ts';
import type { Precision as _cabochon_model_v1_Precision, Precision__Output as _cabochon_model_v1_Precision__Output } from '../../../cabochon/model/v1/Precision.ts';
import type { Long } from '@grpc/proto-loader';

export interface GenerateRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  'prompts'?: (_cabochon_model_v1_GeneratePrompt)[];
  /**
   * Samples of each prompt.
   */
  'numGenerations'?: (number);
  'sampling'?: (_cabochon_model_v1_SamplingOptions | null);
  /**
   * Within +-(2^53 - 1).
   */
  'seed'?: (number | string | Long);
  'precision'?: (_cabochon_model_v1_Precision);
}

export interface GenerateRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  'prompts': (_cabochon_model_v1_GeneratePrompt__Output)[];
  /**
   * Samples of each prompt.
   */
  'numGenerations': (number);
  'sampling': (_cabochon_model_v1_SamplingOptions__Output | null);
  /**
   * Within +-(2^53 - 1).
   */
  'seed': (number);
  'precision': (_cabochon_model_v1_Precision__Output);
}
