// Original file: server/proto/sets.proto

import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from '../../../cabochon/model/v1/SetRef.ts';
import type { Lora as _cabochon_model_v1_Lora, Lora__Output as _cabochon_model_v1_Lora__Output } from '../../../cabochon/model/v1/Lora.ts';

/**
 * A few small matrices on the weights of another set, which stay as they are (LoRA). All adapters on a set share it, and
 * are lost when it is: FAILED_PRECONDITION.
 */
export interface Adapter {
  /**
   * A language model without moments.
   */
  'base'?: (_cabochon_model_v1_SetRef | null);
  /**
   * Makes a new one, and `source` says what the base is. Absent: the one in folder `source`.
   */
  'create'?: (_cabochon_model_v1_Lora | null);
  '_create'?: "create";
}

/**
 * A few small matrices on the weights of another set, which stay as they are (LoRA). All adapters on a set share it, and
 * are lost when it is: FAILED_PRECONDITION.
 */
export interface Adapter__Output {
  /**
   * A language model without moments.
   */
  'base': (_cabochon_model_v1_SetRef__Output | null);
  /**
   * Makes a new one, and `source` says what the base is. Absent: the one in folder `source`.
   */
  'create'?: (_cabochon_model_v1_Lora__Output | null);
}
