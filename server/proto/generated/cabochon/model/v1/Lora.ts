// Original file: server/proto/sets.proto

import type { Long } from '@grpc/proto-loader';

export interface Lora {
  'rank'?: (number);
  /**
   * W + alpha / rank * B * A
   */
  'alpha'?: (number | string);
  /**
   * q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj
   */
  'targets'?: (string)[];
  /**
   * Of A; B is zero. Within +-(2^53 - 1).
   */
  'seed'?: (number | string | Long);
}

export interface Lora__Output {
  'rank': (number);
  /**
   * W + alpha / rank * B * A
   */
  'alpha': (number);
  /**
   * q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj
   */
  'targets': (string)[];
  /**
   * Of A; B is zero. Within +-(2^53 - 1).
   */
  'seed': (number);
}
