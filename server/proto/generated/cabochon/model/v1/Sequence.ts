// Original file: server/proto/sequences.proto


export interface Sequence {
  /**
   * Begin with exactly one BOS.
   */
  'promptIds'?: (number)[];
  'completionIds'?: (number)[];
}

export interface Sequence__Output {
  /**
   * Begin with exactly one BOS.
   */
  'promptIds': (number)[];
  'completionIds': (number)[];
}
