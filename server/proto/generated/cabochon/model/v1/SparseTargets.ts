// Original file: server/proto/distillation.proto


/**
 * Tokens and their weights for each completion token, one after the other.
 */
export interface SparseTargets {
  /**
   * Entries of each completion token.
   */
  'counts'?: (number)[];
  'ids'?: (number)[];
  /**
   * Of each completion token they sum to 1.
   */
  'weights'?: (number | string)[];
}

/**
 * Tokens and their weights for each completion token, one after the other.
 */
export interface SparseTargets__Output {
  /**
   * Entries of each completion token.
   */
  'counts': (number)[];
  'ids': (number)[];
  /**
   * Of each completion token they sum to 1.
   */
  'weights': (number)[];
}
