// Original file: server/proto/reward_models.proto

export const TrainedPart = {
  TRAINED_PART_UNSPECIFIED: 'TRAINED_PART_UNSPECIFIED',
  TRAINED_PART_ALL: 'TRAINED_PART_ALL',
  TRAINED_PART_HEAD: 'TRAINED_PART_HEAD',
} as const;

export type TrainedPart =
  | 'TRAINED_PART_UNSPECIFIED'
  | 0
  | 'TRAINED_PART_ALL'
  | 1
  | 'TRAINED_PART_HEAD'
  | 2

export type TrainedPart__Output = typeof TrainedPart[keyof typeof TrainedPart]
