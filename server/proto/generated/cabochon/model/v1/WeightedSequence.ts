// Original file: server/proto/model_service.proto


export interface WeightedSequence {
  'promptIds'?: (number)[];
  'completionIds'?: (number)[];
  /**
   * w in the loss -sum of w * log pi(completion | prompt). May be negative.
   */
  'weight'?: (number | string);
}

export interface WeightedSequence__Output {
  'promptIds': (number)[];
  'completionIds': (number)[];
  /**
   * w in the loss -sum of w * log pi(completion | prompt). May be negative.
   */
  'weight': (number);
}
