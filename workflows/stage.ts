import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';

import type { ArtifactRef } from '../activities/artifacts.ts';
import type {
  Checkpoint,
  Evaluation,
  Metrics,
  RunRef,
  Sets,
  SuiteResult,
  Timing,
  WeightRecord,
} from '../activities/records.ts';
import type { Stage } from '../configs/schema/recipe.ts';
import { followControl, type Control } from './control.ts';
import { stageDetails } from './details.ts';
import { stageProgressQuery, type StageProgress } from './progress.ts';
import { nextState } from './stage-moves.ts';

/** What makes one kind of stage different from the others. Everything else is `runStage`. */
export interface StageDefinition<S extends Stage> {
  /** Keeps an anchor beside the policy: at first a copy of it, afterwards what `step` makes of it. */
  readonly keepsAnchor: boolean;
  /** Its result is a policy, which later stages can begin with. Where it is not, neither is it evaluated as one. */
  readonly makesPolicy: boolean;
  /** Has a teacher loaded beside the policy throughout. Absent means no. */
  keepsTeacher?(stage: S): boolean;
  /** Its result is the policy that later KLs are measured to. */
  readonly makesReference: boolean;
  /** Nats of KL to the reference at which the stage ends; undefined means never. */
  klStop(stage: S): number | undefined;
  /** Asked once, with the sets loaded, before the first step. */
  plan(stage: StageContext<S>, sets: Sets): Promise<StagePlan>;
  /** One optimizer step, from `sets.policy.version` to one higher. Done again, it must give the same. */
  step(stage: StageContext<S>, at: StepContext): Promise<StepResult>;
}

/** What stays the same throughout a stage. */
export interface StageContext<S extends Stage> {
  readonly run: RunRef;
  readonly stage: S;
  /** When to evaluate and to save, as optimizer steps of the stage; null means only at its end, or by `saveAfterMs`. */
  readonly evaluateEvery: number | null;
  readonly saveEvery: number | null;
  /** Milliseconds of work after which the next step is saved. */
  readonly saveAfterMs?: number;
  /** What else its result is measured by. Runs that began before there were suites have none. */
  readonly suites?: readonly SuiteRequest[];
  /** The model the stage learns from, where it has one. */
  readonly teacher?: Checkpoint;
}

/** An evaluation suite of the recipe, and the checkpoint to compare with where it wants one. */
export interface SuiteRequest {
  readonly suite: string;
  readonly against: Checkpoint | null;
}

export interface StagePlan {
  /** Optimizer steps. */
  readonly steps: number;
  /** The rows to draw from, where the stage chose some; null means all. */
  readonly rows: ArtifactRef | null;
  /** Targets drawn from a teacher beforehand. */
  readonly targets?: ArtifactRef | null;
}

export interface StepContext {
  /** The step to make, counted from 1. */
  readonly step: number;
  readonly plan: StagePlan;
  readonly sets: Sets;
  readonly fence: number;
}

export interface StepResult {
  readonly sets: Sets;
  readonly metrics: Metrics;
  readonly timings: readonly Timing[];
}

export interface StageInput<S extends Stage> extends StageContext<S> {
  /** The weights to begin with. */
  readonly start: Checkpoint;
  /** The policy the KL is measured to; null when there is none yet. */
  readonly reference: Checkpoint | null;
  /** Higher than any the run used before. */
  readonly fence: number;
  readonly control: Control;
  /** Where else policies of a stage can be trained, each on a model server of its own. Absent means nowhere. */
  readonly memberQueues?: readonly string[];
  /** Set when this execution carries on for an earlier one. */
  readonly resume?: StageState;
}

/** All a stage knows, as references and numbers: what it carries on with in a new execution. */
export interface StageState {
  readonly fence: number;
  /** Null when the server has to load them first. */
  readonly sets: Sets | null;
  readonly plan: StagePlan | null;
  /** The step after which the stage ends before its plan does; null when nothing speaks for that. */
  readonly endsAt: number | null;
  readonly step: number;
  /** Where a recovery goes back to, and how many steps of this stage are in it. */
  readonly checkpoint: Checkpoint;
  readonly checkpointStep: number;
  /** What the stage had spent when it was saved; absent before the first time. */
  readonly checkpointMilliseconds?: number;
  /** For each stop rule of the stage, the steps in a row that counted: now, and at the checkpoint. */
  readonly strikes?: readonly number[];
  readonly checkpointStrikes?: readonly number[];
  readonly metrics: Metrics | null;
  readonly evaluations: readonly Evaluation[];
  readonly suites?: readonly SuiteResult[];
  readonly milliseconds: number;
  readonly tokens: number;
  readonly recoveries: number;
  readonly recoveriesInRow: number;
  readonly outcome: 'running' | 'finished' | 'stopped';
  /** Whether its result is a policy, and the one that later KLs are measured to. */
  readonly makesPolicy: boolean;
  readonly makesReference: boolean;
  /** What it made and keeps, where that is more than its result. */
  readonly weights?: readonly WeightRecord[];
  /** Where a stage of kind warp is; null or absent in others. */
  readonly warp?: WarpState;
}

/** Where a stage of kind warp is. */
export interface WarpState {
  /** From 1. */
  readonly iteration: number;
  /** What the policies of the iteration begin with. */
  readonly init: Checkpoint;
  /** The policies of the iteration, in order: how training ended, or was interrupted; null where it has not begun. */
  readonly members: readonly (StageState | null)[];
  /** The last merge. */
  readonly merged: Checkpoint | null;
  readonly weights: readonly WeightRecord[];
  readonly milliseconds: number;
  readonly tokens: number;
}

/**
 * Runs a stage to its end: loads the sets, makes the steps, evaluates and saves as the recipe says, and goes back to the
 * last checkpoint when the model server lost the weights. Steps done again give the same, so a recovery leaves no trace
 * but the time it took.
 *
 * @returns The last state, its outcome `finished` or `stopped`.
 */
export async function runStage<S extends Stage>(
  input: StageInput<S>,
  definition: StageDefinition<S>,
): Promise<StageState> {
  const control = followControl(input.control);
  let state = input.resume ?? firstState(input, definition);
  const progress = () => stageProgress(input.stage.name, state, control.value);
  setHandler(stageProgressQuery, progress);

  while (state.outcome === 'running') {
    await condition(() => !control.value.paused);
    state = await nextState(input, definition, state, control.value.stopping);
    setCurrentDetails(stageDetails(progress()));
    if (state.outcome === 'running' && workflowInfo().continueAsNewSuggested) {
      await continueAsNew<(next: StageInput<S>) => Promise<StageState>>({
        ...input,
        control: control.value,
        resume: state,
      });
    }
  }
  return state;
}

function firstState<S extends Stage>(
  { start, fence }: StageInput<S>,
  { makesPolicy, makesReference }: StageDefinition<S>,
): StageState {
  return {
    ...{ fence, sets: null, plan: null, endsAt: null, step: 0, checkpoint: start, checkpointStep: 0, metrics: null },
    ...{
      evaluations: [],
      milliseconds: 0,
      tokens: 0,
      recoveries: 0,
      recoveriesInRow: 0,
      outcome: 'running',
      makesPolicy,
      makesReference,
    },
  };
}

function stageProgress(stage: string, state: StageState, control: Control): StageProgress {
  const { step, plan, endsAt, metrics, evaluations, checkpoint, recoveries, milliseconds } = state;
  const steps = endsAt ?? plan?.steps ?? null;
  const remainingMs = steps === null || step === 0 ? null : Math.round((milliseconds / step) * (steps - step));
  return { stage, step, steps, metrics, evaluations, checkpoint: checkpoint.version, recoveries, remainingMs, control };
}
