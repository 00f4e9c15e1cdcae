// Original file: server/proto/model_service.proto

import type { SetInfo as _cabochon_model_v1_SetInfo, SetInfo__Output as _cabochon_model_v1_SetInfo__Output } from '../../../cabochon/model/v1/SetInfo.ts';
import type { Precision as _cabochon_model_v1_Precision, Precision__Output as _cabochon_model_v1_Precision__Output } from '../../../cabochon/model/v1/Precision.ts';
import type { Long } from '@grpc/proto-loader';

export interface DeviceInfo {
  /**
   * `cpu`, or the GPU's name.
   */
  'device'?: (string);
  'tensorflow'?: (string);
  /**
   * Those that matter for matrix products: avx2, avx512f, amx_bf16 ...
   */
  'instructionSets'?: (string)[];
  'residentBytes'?: (number | string | Long);
  'sets'?: (_cabochon_model_v1_SetInfo)[];
  /**
   * The faster one for matrix products, as measured when the core started.
   */
  'precision'?: (_cabochon_model_v1_Precision);
  /**
   * How many times as fast as float32 products those in bfloat16 were.
   */
  'bfloat16Speedup'?: (number | string);
}

export interface DeviceInfo__Output {
  /**
   * `cpu`, or the GPU's name.
   */
  'device': (string);
  'tensorflow': (string);
  /**
   * Those that matter for matrix products: avx2, avx512f, amx_bf16 ...
   */
  'instructionSets': (string)[];
  'residentBytes': (number);
  'sets': (_cabochon_model_v1_SetInfo__Output)[];
  /**
   * The faster one for matrix products, as measured when the core started.
   */
  'precision': (_cabochon_model_v1_Precision__Output);
  /**
   * How many times as fast as float32 products those in bfloat16 were.
   */
  'bfloat16Speedup': (number);
}
