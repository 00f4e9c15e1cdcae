// Original file: server/proto/model_service.proto


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
