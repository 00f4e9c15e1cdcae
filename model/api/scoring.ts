import type { Precision } from './precision.ts';
import type { Sequence } from './sequences.ts';
import type { SetRef } from './sets.ts';

export interface ScoreRequest {
  readonly set: SetRef;
  readonly sequences: readonly Sequence[];
  /** Divides the logits; 1 for plain log-probabilities. */
  readonly temperature: number;
  readonly precision: Precision;
}

export interface ScoreResult {
  /** Nats, of each completion token. [sequences][completion tokens] */
  readonly logProbs: readonly (readonly number[])[];
}
