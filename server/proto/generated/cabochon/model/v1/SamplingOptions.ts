// Original file: server/proto/generation.proto


export interface SamplingOptions {
  'maxTokens'?: (number);
  /**
   * 0 is greedy.
   */
  'temperature'?: (number | string);
  /**
   * 0 means all tokens.
   */
  'topK'?: (number);
  /**
   * (0, 1]; 1 means all tokens.
   */
  'topP'?: (number | string);
}

export interface SamplingOptions__Output {
  'maxTokens': (number);
  /**
   * 0 is greedy.
   */
  'temperature': (number);
  /**
   * 0 means all tokens.
   */
  'topK': (number);
  /**
   * (0, 1]; 1 means all tokens.
   */
  'topP': (number);
}
