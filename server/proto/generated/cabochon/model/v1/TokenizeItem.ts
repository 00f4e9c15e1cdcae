// Original file: server/proto/sequences.proto


export interface TokenizeItem {
  'prompt'?: (string);
  'completion'?: (string);
  /**
   * End the completion with the end token. Absent means true.
   */
  'endToken'?: (boolean);
  '_completion'?: "completion";
  '_endToken'?: "endToken";
}

export interface TokenizeItem__Output {
  'prompt': (string);
  'completion'?: (string);
  /**
   * End the completion with the end token. Absent means true.
   */
  'endToken'?: (boolean);
}
