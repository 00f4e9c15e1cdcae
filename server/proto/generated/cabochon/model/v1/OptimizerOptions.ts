// Original file: server/proto/training.proto


export interface OptimizerOptions {
  'learningRate'?: (number | string);
  'beta1'?: (number | string);
  'beta2'?: (number | string);
  'epsilon'?: (number | string);
  /**
   * Decoupled; not applied to norms.
   */
  'weightDecay'?: (number | string);
  /**
   * Global L2 norm to clip to; 0 leaves the gradient as it is.
   */
  'maxGradNorm'?: (number | string);
}

export interface OptimizerOptions__Output {
  'learningRate': (number);
  'beta1': (number);
  'beta2': (number);
  'epsilon': (number);
  /**
   * Decoupled; not applied to norms.
   */
  'weightDecay': (number);
  /**
   * Global L2 norm to clip to; 0 leaves the gradient as it is.
   */
  'maxGradNorm': (number);
}
