import { defineQuery } from '@temporalio/workflow';

import type { Evaluation, Metrics } from '../activities/records.ts';
import type { Control } from './control.ts';

/** How far a stage is. */
export interface StageProgress {
  readonly stage: string;
  /** Optimizer steps done in this stage. */
  readonly step: number;
  /** Optimizer steps of the whole stage; null before it is known. */
  readonly steps: number | null;
  /** Of the last step; null before the first. */
  readonly metrics: Metrics | null;
  readonly evaluations: readonly Evaluation[];
  /** Version of the last checkpoint. */
  readonly checkpoint: number;
  /** Times the model server lost the weights and they were loaded again. */
  readonly recoveries: number;
  /** Milliseconds still to go at the present pace, evaluations included; null before the second step. */
  readonly remainingMs: number | null;
  readonly control: Control;
}

/** How far a run is. */
export interface RunProgress {
  readonly runId: string;
  /** Name of the stage at work; `base` while the untrained model is evaluated, null before and after. */
  readonly stage: string | null;
  /** Workflow that knows more about the stage at work (the same query); null when there is none. */
  readonly child: string | null;
  /** One for the untrained model and one for each stage that ended. */
  readonly evaluations: readonly Evaluation[];
  readonly control: Control;
}

export const runProgressQuery = defineQuery<RunProgress>('progress');
export const stageProgressQuery = defineQuery<StageProgress>('progress');
