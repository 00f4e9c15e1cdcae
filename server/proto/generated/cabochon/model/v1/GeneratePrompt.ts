// Original file: server/proto/generation.proto


export interface GeneratePrompt {
  /**
   * (seed, id, sample index, token position) fixes a sample, whatever its batch.
   */
  'id'?: (string);
  'promptIds'?: (number)[];
}

export interface GeneratePrompt__Output {
  /**
   * (seed, id, sample index, token position) fixes a sample, whatever its batch.
   */
  'id': (string);
  'promptIds': (number)[];
}
