// Original file: server/proto/model_service.proto

import type { ProgressKind as _cabochon_model_v1_ProgressKind, ProgressKind__Output as _cabochon_model_v1_ProgressKind__Output } from '../../../cabochon/model/v1/ProgressKind.ts';
import type { Long } from '@grpc/proto-loader';

export interface Progress {
  'kind'?: (_cabochon_model_v1_ProgressKind);
  'set'?: (string);
  'done'?: (number | string | Long);
  'total'?: (number | string | Long);
}

export interface Progress__Output {
  'kind': (_cabochon_model_v1_ProgressKind__Output);
  'set': (string);
  'done': (number);
  'total': (number);
}
