// Original file: server/proto/merging.proto

import type { MergePart as _cabochon_model_v1_MergePart, MergePart__Output as _cabochon_model_v1_MergePart__Output } from '../../../cabochon/model/v1/MergePart.ts';

export interface LinearMerge {
  'parts'?: (_cabochon_model_v1_MergePart)[];
}

export interface LinearMerge__Output {
  'parts': (_cabochon_model_v1_MergePart__Output)[];
}
