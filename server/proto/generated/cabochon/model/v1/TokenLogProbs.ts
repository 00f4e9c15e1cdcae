// Original file: server/proto/model_service.proto


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
