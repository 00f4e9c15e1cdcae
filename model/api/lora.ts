/** The matrices that an adapter can be put on, by peft's names for them. */
export const LORA_TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

/** The shape of an adapter (LoRA, arXiv 2106.09685): W + alpha / rank · B · A for each matrix named. */
export interface LoraShape {
  readonly rank: number;
  readonly alpha: number;
  /** Of every layer. */
  readonly targets: readonly LoraTarget[];
}

/** A new adapter: A uniform in ±1/√in as `seed` decides, B zero, so that it changes nothing yet. */
export interface LoraOptions extends LoraShape {
  readonly seed: number;
}
