import type { Distillation, TeacherTerm } from './distillation.ts';
import type { Precision } from './precision.ts';
import type { Sequence } from './sequences.ts';
import type { SetRef } from './sets.ts';

export interface TrainStepRequest {
  /** The version to step from. The answer's version is one higher. */
  readonly set: SetRef;
  readonly fence: number;
  /** Identity of the batch: the same update asked again gives the recorded answer and does not step. */
  readonly batchDigest: string;
  readonly sequences: readonly WeightedSequence[];
  /** Divides the logits, as in sampling. */
  readonly temperature: number;
  /** Adds what sequences learn from a teacher; its `temperature` divides both models' logits there, without a factor T². */
  readonly distillation?: Distillation;
  readonly optimizer: OptimizerOptions;
  readonly precision: Precision;
}

export interface WeightedSequence extends Sequence {
  /** w in the loss −Σ w · log π(completion | prompt). May be negative. */
  readonly weight: number;
  /** What it learns from a teacher besides; only in a step with `distillation`. */
  readonly teacher?: TeacherTerm;
}

export interface OptimizerOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled (AdamW); not applied to norms. */
  readonly weightDecay: number;
  /** Global L2 norm to clip the gradient to; 0 leaves it as it is. */
  readonly maxGradNorm: number;
}

export interface TrainStepResult {
  readonly version: number;
  /** −Σ w · log π + Σ d · divergence, in nats times the unit of the weights. */
  readonly loss: number;
  /** The second of these sums; 0 without distillation. */
  readonly teacherLoss: number;
  /** Global L2 before clipping. */
  readonly gradNorm: number;
  readonly completionTokens: number;
  /** Tokens computed, padding included, and tokens that were padding. */
  readonly computedTokens: number;
  readonly paddingTokens: number;
}
