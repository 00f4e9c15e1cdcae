// Original file: server/proto/generation.proto

import type { Completion as _cabochon_model_v1_Completion, Completion__Output as _cabochon_model_v1_Completion__Output } from '../../../cabochon/model/v1/Completion.ts';

export interface PromptCompletions {
  /**
   * Into the request's prompts.
   */
  'promptIndex'?: (number);
  /**
   * [num_generations], in sample order.
   */
  'completions'?: (_cabochon_model_v1_Completion)[];
}

export interface PromptCompletions__Output {
  /**
   * Into the request's prompts.
   */
  'promptIndex': (number);
  /**
   * [num_generations], in sample order.
   */
  'completions': (_cabochon_model_v1_Completion__Output)[];
}
