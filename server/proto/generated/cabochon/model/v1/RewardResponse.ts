// Original file: server/proto/model_service.proto


export interface RewardResponse {
  /**
   * [sequences]
   */
  'rewards'?: (number | string)[];
}

export interface RewardResponse__Output {
  /**
   * [sequences]
   */
  'rewards': (number)[];
}
