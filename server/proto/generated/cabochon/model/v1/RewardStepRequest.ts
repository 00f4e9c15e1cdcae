// Original file: server/proto/reward_models.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { PreferencePair as _cabochon_model_v1_PreferencePair, PreferencePair__Output as _cabochon_model_v1_PreferencePair__Output } from '../../../cabochon/model/v1/PreferencePair.ts';
import type { Dropout as _cabochon_model_v1_Dropout, Dropout__Output as _cabochon_model_v1_Dropout__Output } from '../../../cabochon/model/v1/Dropout.ts';
import type { TrainedPart as _cabochon_model_v1_TrainedPart, TrainedPart__Output as _cabochon_model_v1_TrainedPart__Output } from '../../../cabochon/model/v1/TrainedPart.ts';
import type { OptimizerOptions as _cabochon_model_v1_OptimizerOptions, OptimizerOptions__Output as _cabochon_model_v1_OptimizerOptions__Output } from '../../../cabochon/model/v1/OptimizerOptions.ts';
import type { Precision as _cabochon_model_v1_Precision, Precision__Output as _cabochon_model_v1_Precision__Output } from '../../../cabochon/model/v1/Precision.ts';
import type { Long } from '@grpc/proto-loader';

export interface RewardStepRequest {
  'set'?: (_cabochon_model_v1_SetRef | null);
  'fence'?: (number | string | Long);
  'batchDigest'?: (string);
  'pairs'?: (_cabochon_model_v1_PreferencePair)[];
  /**
   * c in the mean of -log sigma(r+ - r- - margin) + c (r+ + r-)^2.
   */
  'centerCoefficient'?: (number | string);
  'dropout'?: (_cabochon_model_v1_Dropout | null);
  'part'?: (_cabochon_model_v1_TrainedPart);
  'optimizer'?: (_cabochon_model_v1_OptimizerOptions | null);
  'precision'?: (_cabochon_model_v1_Precision);
}

export interface RewardStepRequest__Output {
  'set': (_cabochon_model_v1_SetRef__Output | null);
  'fence': (number);
  'batchDigest': (string);
  'pairs': (_cabochon_model_v1_PreferencePair__Output)[];
  /**
   * c in the mean of -log sigma(r+ - r- - margin) + c (r+ + r-)^2.
   */
  'centerCoefficient': (number);
  'dropout': (_cabochon_model_v1_Dropout__Output | null);
  'part': (_cabochon_model_v1_TrainedPart__Output);
  'optimizer': (_cabochon_model_v1_OptimizerOptions__Output | null);
  'precision': (_cabochon_model_v1_Precision__Output);
}
