// Original file: server/proto/reward_models.proto


export interface Dropout {
  /**
   * [0, 1); of the branches of each layer.
   */
  'rate'?: (number | string);
  'seed'?: (number);
}

export interface Dropout__Output {
  /**
   * [0, 1); of the branches of each layer.
   */
  'rate': (number);
  'seed': (number);
}
