import type { LoraOptions } from './lora.ts';

/** A weight set at one point of its history. `version` counts the optimizer (or EMA) steps in the weights. */
export interface SetRef {
  readonly name: string;
  readonly version: number;
}

export interface SetInfo extends SetRef {
  /** Where the weights came from: a path, or `copy of NAME@VERSION`. */
  readonly source: string;
  readonly trainable: boolean;
  readonly fence: number;
  /** Numbers that are its own: an adapter's without its base's. */
  readonly parameters: number;
  /** Bytes of its variables on the device, moments included. */
  readonly bytes: number;
}

export interface LoadRequest {
  readonly set: SetRef;
  /** Checkpoint folder in Hugging Face layout, or a `.gguf` file. */
  readonly source: string;
  /** Trainable sets get optimizer moments; these are read from `source` when it has them, else start at zero. */
  readonly trainable: boolean;
  /** Grows with each recovery of a run; a set refuses updates that carry a lower one. */
  readonly fence: number;
  /**
   * Loads a language model as a reward model: with the head of the reward model in folder `from`, else one of zeros. Without
   * it, a set is what its checkpoint is.
   */
  readonly scoreHead?: { readonly from?: string };
  /** The set is to be an adapter: a few small matrices of its own on the weights of another set, which stay as they are. */
  readonly adapter?: AdapterRequest;
}

/** A set that is an adapter on another one. */
export interface AdapterRequest {
  /** A language model on the device, without moments. All adapters on it share it; they are lost when it is. */
  readonly base: SetRef;
  /** Makes a new one; `source` then only says what the base is. Without it, the one in the folder `source` is read. */
  readonly create?: LoraOptions;
}

export interface CopyRequest {
  readonly from: SetRef;
  /** Name of the new set. It starts at the version of `from`, without optimizer moments. */
  readonly to: string;
  readonly fence: number;
}

export interface SaveRequest {
  readonly set: SetRef;
  /** Made complete under a temporary name, fsynced, then renamed; an existing folder is replaced. */
  readonly folder: string;
  /** Also write the optimizer moments, so that training can go on from here. */
  readonly withOptimizer: boolean;
  /** Of an adapter: writes the whole model that it makes of its base, in float32. Else an adapter is a folder as peft's. */
  readonly merged?: boolean;
  /** What to note beside the weights of a reward model; without it, what was noted where it came from. */
  readonly rewardModel?: RewardModelInfo;
}

export interface SaveResult {
  readonly folder: string;
  readonly bytes: number;
  /** Of the weight file(s), in hexadecimal. */
  readonly sha256: string;
}

/** What is known of a reward model beside its weights: `reward_model.json` in its folder. */
export interface RewardModelInfo {
  /** sha256 of the pretrained weights that everything began with. */
  readonly baseSha256: string;
  /** sha256 of the linear probe whose head the fine-tuning began with. */
  readonly headSha256: string;
  readonly calibration?: Calibration;
}

/** Mean and standard deviation of the rewards of a reference sample: a calibrated reward is (r − mean) / std. */
export interface Calibration {
  readonly mean: number;
  readonly std: number;
}
