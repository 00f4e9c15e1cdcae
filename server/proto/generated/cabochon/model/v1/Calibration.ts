// Original file: server/proto/sets.proto


export interface Calibration {
  'mean'?: (number | string);
  /**
   * Above 0.
   */
  'std'?: (number | string);
}

export interface Calibration__Output {
  'mean': (number);
  /**
   * Above 0.
   */
  'std': (number);
}
