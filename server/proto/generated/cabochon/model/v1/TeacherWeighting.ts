// Original file: server/proto/distillation.proto

export const TeacherWeighting = {
  TEACHER_WEIGHTING_UNSPECIFIED: 'TEACHER_WEIGHTING_UNSPECIFIED',
  /**
   * A token weighs its share of the draws: unbiased.
   */
  TEACHER_WEIGHTING_COUNTS: 'TEACHER_WEIGHTING_COUNTS',
  /**
   * It weighs the teacher's probability, scaled so that the drawn ones sum to 1.
   */
  TEACHER_WEIGHTING_RENORM: 'TEACHER_WEIGHTING_RENORM',
} as const;

export type TeacherWeighting =
  | 'TEACHER_WEIGHTING_UNSPECIFIED'
  | 0
  /**
   * A token weighs its share of the draws: unbiased.
   */
  | 'TEACHER_WEIGHTING_COUNTS'
  | 1
  /**
   * It weighs the teacher's probability, scaled so that the drawn ones sum to 1.
   */
  | 'TEACHER_WEIGHTING_RENORM'
  | 2

export type TeacherWeighting__Output = typeof TeacherWeighting[keyof typeof TeacherWeighting]
