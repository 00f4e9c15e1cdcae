// Original file: server/proto/scoring.proto


export interface TokenLogProbs {
  /**
   * Nats. [completion tokens]
   */
  'logProbs'?: (number | string)[];
}

export interface TokenLogProbs__Output {
  /**
   * Nats. [completion tokens]
   */
  'logProbs': (number)[];
}
