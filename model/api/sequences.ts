/** Prompt and completion as token ids; the prompt's begin with exactly one BOS. */
export interface Sequence {
  readonly promptIds: readonly number[];
  readonly completionIds: readonly number[];
}

export interface TokenizeRequest {
  readonly set: string;
  readonly items: readonly TokenizeItem[];
  /** Wrap `prompt` as one user turn of Gemma's chat template. False means BOS and the text, nothing else. */
  readonly chat: boolean;
}

export interface TokenizeItem {
  readonly prompt: string;
  /** Text to train on or to score; its ids end with the end token (`<end_of_turn>` in a chat, else `<eos>`). */
  readonly completion?: string;
  /** False leaves the end token off. Default true. */
  readonly endToken?: boolean;
}
