// Original file: server/proto/distillation.proto

export const DistillationKind = {
  DISTILLATION_KIND_UNSPECIFIED: 'DISTILLATION_KIND_UNSPECIFIED',
  /**
   * Cross-entropy against the sequences' own targets.
   */
  DISTILLATION_KIND_GIVEN: 'DISTILLATION_KIND_GIVEN',
  /**
   * The same against targets drawn from `teacher` by `draw`.
   */
  DISTILLATION_KIND_SAMPLED: 'DISTILLATION_KIND_SAMPLED',
  /**
   * Generalised JSD(beta) of the whole distributions; 0 forward KL, 1 reverse.
   */
  DISTILLATION_KIND_FULL: 'DISTILLATION_KIND_FULL',
} as const;

export type DistillationKind =
  | 'DISTILLATION_KIND_UNSPECIFIED'
  | 0
  /**
   * Cross-entropy against the sequences' own targets.
   */
  | 'DISTILLATION_KIND_GIVEN'
  | 1
  /**
   * The same against targets drawn from `teacher` by `draw`.
   */
  | 'DISTILLATION_KIND_SAMPLED'
  | 2
  /**
   * Generalised JSD(beta) of the whole distributions; 0 forward KL, 1 reverse.
   */
  | 'DISTILLATION_KIND_FULL'
  | 3

export type DistillationKind__Output = typeof DistillationKind[keyof typeof DistillationKind]
