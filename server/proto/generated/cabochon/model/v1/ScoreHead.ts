// Original file: server/proto/sets.proto


export interface ScoreHead {
  /**
   * Folder of a reward model; absent: a head of zeros.
   */
  'from'?: (string);
  '_from'?: "from";
}

export interface ScoreHead__Output {
  /**
   * Folder of a reward model; absent: a head of zeros.
   */
  'from'?: (string);
}
