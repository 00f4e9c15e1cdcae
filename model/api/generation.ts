import type { Precision } from './precision.ts';
import type { SetRef } from './sets.ts';

export interface GenerateRequest {
  readonly set: SetRef;
  readonly prompts: readonly GeneratePrompt[];
  readonly numGenerations: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  readonly precision: Precision;
}

export interface GeneratePrompt {
  /** Names the prompt in the random stream: (seed, id, sample index, token position) fixes a sample. Any string. */
  readonly id: string;
  readonly promptIds: readonly number[];
}

export interface SamplingOptions {
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Sample among the k most likely tokens only; 0 means all. */
  readonly topK: number;
  /** Sample within the smallest set of tokens that holds this much probability, (0, 1]; 1 means all. */
  readonly topP: number;
}

/** All samples of one prompt, in sample order. */
export interface PromptCompletions {
  /** Index into the request's prompts. */
  readonly promptIndex: number;
  readonly completions: readonly Completion[];
}

export interface Completion {
  /** Text without the end token. */
  readonly text: string;
  /** The end token is the last id when `finishReason` is `stop`. */
  readonly tokenIds: readonly number[];
  /** Nats, of each token in `tokenIds`, under softmax(logits / temperature) over all tokens (temperature 1 if greedy). */
  readonly logProbs: readonly number[];
  readonly finishReason: 'stop' | 'length';
}
