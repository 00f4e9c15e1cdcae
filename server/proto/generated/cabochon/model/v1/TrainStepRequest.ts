// Original file: server/proto/training.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { WeightedSequence as _cabochon_model_v1_WeightedSequence, WeightedSequence__Output as _cabochon_model_v1_WeightedSequence__Output } from '../../../cabochon/model/v1/WeightedSequence.ts';
import type { OptimizerOptions as _cabochon_model_v1_OptimizerOptions, OptimizerOptions__Output as _cabochon_model_v1_OptimizerOptions__Output } from '../../../cabochon/model/v1/OptimizerOptions.ts';
import type { Precision as _cabochon_model_v1_Precision, Precision__Output as _cabochon_model_v1_Precision__Output } from '../../../cabochon/model/v1/Precision.ts';
import type { Distillation as _cabochon_model_v1_Distillation, Distillation__Output as _cabochon_model_v1_Distillation__Output } from '../../../cabochon/model/v1/Distillation.ts';
import type { Long } from '@grpc/proto-loader';

export interface TrainStepRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  'fence'?: (number | string | Long);
  'batchDigest'?: (string);
  'sequences'?: (_cabochon_model_v1_WeightedSequence)[];
  /**
   * Divides the logits.
   */
  'temperature'?: (number | string);
  'optimizer'?: (_cabochon_model_v1_OptimizerOptions | null);
  'precision'?: (_cabochon_model_v1_Precision);
  'distillation'?: (_cabochon_model_v1_Distillation | null);
  '_distillation'?: "distillation";
}

export interface TrainStepRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  'fence': (number);
  'batchDigest': (string);
  'sequences': (_cabochon_model_v1_WeightedSequence__Output)[];
  /**
   * Divides the logits.
   */
  'temperature': (number);
  'optimizer': (_cabochon_model_v1_OptimizerOptions__Output | null);
  'precision': (_cabochon_model_v1_Precision__Output);
  'distillation'?: (_cabochon_model_v1_Distillation__Output | null);
}
