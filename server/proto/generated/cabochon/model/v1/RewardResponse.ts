// Original file: server/proto/reward_models.proto


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
