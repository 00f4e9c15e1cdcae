// Original file: server/proto/precision.proto

export const Precision = {
  PRECISION_UNSPECIFIED: 'PRECISION_UNSPECIFIED',
  PRECISION_FLOAT32: 'PRECISION_FLOAT32',
  /**
   * Of matrix products; norms, softmax, losses, moments and EMA stay float32.
   */
  PRECISION_BFLOAT16: 'PRECISION_BFLOAT16',
} as const;

export type Precision =
  | 'PRECISION_UNSPECIFIED'
  | 0
  | 'PRECISION_FLOAT32'
  | 1
  /**
   * Of matrix products; norms, softmax, losses, moments and EMA stay float32.
   */
  | 'PRECISION_BFLOAT16'
  | 2

export type Precision__Output = typeof Precision[keyof typeof Precision]
