// Original file: server/proto/model_service.proto

import type { ServerStatus as _cabochon_model_v1_ServerStatus, ServerStatus__Output as _cabochon_model_v1_ServerStatus__Output } from '../../../cabochon/model/v1/ServerStatus.ts';
import type { Progress as _cabochon_model_v1_Progress, Progress__Output as _cabochon_model_v1_Progress__Output } from '../../../cabochon/model/v1/Progress.ts';

export interface HealthResponse {
  'status'?: (_cabochon_model_v1_ServerStatus);
  /**
   * Last progress of the work in hand; absent when idle.
   */
  'progress'?: (_cabochon_model_v1_Progress | null);
  /**
   * Calls that wait for the one in hand.
   */
  'queued'?: (number);
  /**
   * Changes each time the server process starts.
   */
  'instanceId'?: (string);
  '_progress'?: "progress";
}

export interface HealthResponse__Output {
  'status': (_cabochon_model_v1_ServerStatus__Output);
  /**
   * Last progress of the work in hand; absent when idle.
   */
  'progress'?: (_cabochon_model_v1_Progress__Output | null);
  /**
   * Calls that wait for the one in hand.
   */
  'queued': (number);
  /**
   * Changes each time the server process starts.
   */
  'instanceId': (string);
}
