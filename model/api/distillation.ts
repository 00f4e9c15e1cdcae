import type { Precision } from './precision.ts';
import type { Sequence } from './sequences.ts';
import type { SetRef } from './sets.ts';

/**
 * The second term of a step's loss. `given`: cross-entropy against targets that the sequences bring along. `sampled`: the
 * same, against targets drawn now. `full`: generalised JSD of the whole distributions, β = 0 the forward KL(teacher‖student),
 * β = 1 the reverse.
 */
export type Distillation =
  | { readonly kind: 'given'; readonly temperature: number }
  | { readonly kind: 'sampled'; readonly temperature: number; readonly teacher: SetRef; readonly draw: TeacherDraw }
  | { readonly kind: 'full'; readonly temperature: number; readonly teacher: SetRef; readonly beta: number };

/** How targets are drawn from a teacher: `samples` tokens for each position, with replacement. */
export interface TeacherDraw {
  readonly samples: number;
  /** `counts`: a token weighs its share of the draws (unbiased). `renorm`: the teacher's probability, scaled to sum 1. */
  readonly weighting: 'counts' | 'renorm';
  /** Draw among the k most likely tokens only; 0 means all. */
  readonly topK: number;
  readonly seed: number;
}

export interface TeacherTerm {
  /** Names the sequence in the random stream of the draws. */
  readonly id: string;
  /** d in the loss Σ d · divergence from the teacher, summed over the completion's tokens. */
  readonly weight: number;
  /** Where the step's distillation is of kind `given`, unless `weight` is 0. */
  readonly targets?: SparseTargets;
}

/** Tokens and their weights for each completion token, one after the other. */
export interface SparseTargets {
  /** Entries of each completion token. */
  readonly counts: readonly number[];
  readonly ids: readonly number[];
  /** Of each completion token they sum to 1. */
  readonly weights: readonly number[];
}

export interface TeacherTargetsRequest {
  readonly teacher: SetRef;
  /** Name of the set that will learn from it: refused when their tokenizers differ. */
  readonly student: string;
  readonly sequences: readonly TeacherSequence[];
  readonly draw: TeacherDraw;
  /** Divides the teacher's logits. */
  readonly temperature: number;
  readonly precision: Precision;
}

export interface TeacherSequence extends Sequence {
  /** As `TeacherTerm.id`: the same id, seed and position give the same draws. */
  readonly id: string;
}
