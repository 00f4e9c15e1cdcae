import {
  allHandlersFinished,
  CancellationScope,
  condition,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';

import type {
  Checkpoint,
  Evaluation,
  RunRef,
  StageCost,
  StageResult,
  SuiteResult,
  WeightRecord,
} from '../activities/records.ts';
import type { Stage, UnresolvedRecipe } from '../configs/schema/recipe.ts';
import { activities } from './activities.ts';
import { answerControlUpdates, controlSignal, type Control } from './control.ts';
import { runDetails } from './details.ts';
import { hasKlStop } from './kl-stop.ts';
import { recordsOf } from './lineage.ts';
import { dropSetsInPassing, requireOwnServers } from './member-queues.ts';
import { runProgressQuery, type RunProgress } from './progress.ts';
import { countLoss } from './recovery.ts';
import { stageAttributes } from './search-attributes.ts';
import type { StageInput, StageState, SuiteRequest } from './stage.ts';
import { measureSuites, totalOf } from './stage-moves.ts';

export interface AlignInput {
  readonly runId: string;
  readonly recipe: UnresolvedRecipe;
  /** The model to begin with. */
  readonly base: Checkpoint;
  /** Make every stage, also those that were made before from the same. */
  readonly fresh?: boolean;
  /** The models that stages learn from, by the stage's name. */
  readonly teachers?: Readonly<Record<string, Checkpoint>>;
  /** Task queues of other model servers, where policies of stages of kind warp are trained as well. */
  readonly memberQueues?: readonly string[];
  /** What an earlier execution of this run returned when it was stopped. */
  readonly resume?: AlignState;
}

/** What a run knows, as references and numbers. */
export interface AlignState {
  readonly outcome: 'running' | 'finished' | 'stopped';
  readonly fence: number;
  /** One for the untrained model and one for each stage that ended. */
  readonly evaluations: readonly Evaluation[];
  /** What the recipe's suites found; absent in runs that began before there were any. */
  readonly suites?: readonly SuiteResult[];
  readonly costs: readonly StageCost[];
  /** The result of each stage that ended, in order. */
  readonly checkpoints: readonly Checkpoint[];
  /** Names of those among them that are policies, in order. */
  readonly policies: readonly string[];
  /** What each was made of. */
  readonly weights: readonly WeightRecord[];
  /** The policy the KL is measured to; null before there is one. */
  readonly reference: Checkpoint | null;
  /** The stage that was stopped on its way; null when none was. */
  readonly unfinished: StageState | null;
}

/** One kind of stage as a workflow of that name: `sft`, `jbond`. */
type StageWorkflow = (input: StageInput<Stage>) => Promise<StageState>;

/**
 * A whole run: evaluates the untrained model, then makes the recipe's stages in order, each as a child workflow named
 * after its kind and each from the weights of the one before.
 *
 * @returns The final state, with everything a later execution needs to carry on after a stop.
 */
export async function align(input: AlignInput): Promise<AlignState> {
  try {
    return await runStages(input);
  } catch (error) {
    const { runId, memberQueues = [] } = input;
    await CancellationScope.nonCancellable(() => dropSetsInPassing(runId, [undefined, ...memberQueues]));
    throw error;
  }
}

async function runStages(input: AlignInput): Promise<AlignState> {
  const { runId, recipe, base, memberQueues = [] } = input;
  let state: AlignState = { ...FIRST, ...input.resume, outcome: 'running' };
  state = { ...state, fence: Math.max(state.fence, Math.floor(Date.now() / 1000)) }; // above any earlier execution's
  let stage: string | null = null;
  let child: ChildWorkflowHandle<StageWorkflow> | null = null;

  const control = answerControlUpdates(async (value) => {
    show();
    await child?.signal(controlSignal, value).catch(() => {}); // a stage that just ended need not hear of it
  });
  const progress = (): RunProgress => ({
    ...{ runId, stage, child: child?.workflowId ?? null, evaluations: state.evaluations, control: control.value },
  });
  const show = () => setCurrentDetails(runDetails(progress()));
  setHandler(runProgressQuery, progress);

  const run = await activities.prepareRun({ runId, recipe, base });
  if (memberQueues.length > 0) await requireOwnServers(run, memberQueues);
  if (state.evaluations.length === 0) {
    stage = 'base';
    show();
    state = await measureBase(input, run, state);
  }
  for (const next of recipe.stages.slice(state.checkpoints.length)) {
    await condition(() => !control.value.paused);
    if (control.value.stopping) break;
    stage = next.name;
    const start = startOf(input, next, state);
    const kept = await findKept(input, run, next, start, state);
    if (kept.result) {
      state = afterStage(state, kept.result);
      show();
      continue;
    }
    const given = control.value;
    child = await startStage(input, run, next, start, state, given);
    if (control.value !== given) await child.signal(controlSignal, control.value); // changed while it started
    show();
    const ended = await child.result();
    child = null;
    state = { ...state, fence: ended.fence };
    if (ended.outcome === 'stopped') {
      state = { ...state, unfinished: ended };
      show();
      break;
    }
    const result = resultOf(next, start, teacherOf(input, next, state.checkpoints), ended);
    await activities.keepStage({ run, key: kept.key, result });
    state = afterStage(state, result);
    show();
  }
  stage = null;
  show();
  const { checkpoints, evaluations, suites = [], costs, weights } = state;
  const outcome = checkpoints.length === recipe.stages.length ? 'finished' : 'stopped';
  await condition(allHandlersFinished);
  await activities.finishRun({ run, base, outcome, checkpoints, evaluations, suites, costs, weights });
  return { ...state, outcome };
}

const FIRST: AlignState = {
  ...{ outcome: 'running', fence: 0, evaluations: [], costs: [], checkpoints: [], policies: [], weights: [] },
  ...{ reference: null, unfinished: null },
};

/** The untrained model: as it was measured before by the same recipe on the same data, or measured now and kept. */
async function measureBase(input: AlignInput, run: RunRef, before: AlignState): Promise<AlignState> {
  if (!patched('base-is-kept')) return evaluateBase(input, run, before); // a run from before it was kept
  const { base, fresh = false } = input;
  const wanted = { run, stage: 'base', start: base, reference: null, others: [], fresh };
  const { key, result: found } = await activities.findStage(wanted);
  if (found) {
    const { evaluations, suites, milliseconds, tokens, reusedFrom } = found;
    const cost = { stage: 'base', milliseconds, tokens, ...(reusedFrom !== undefined && { reusedFrom }) };
    return { ...before, evaluations, suites, costs: [cost] };
  }
  const after = await evaluateBase(input, run, before);
  const { evaluations, suites = [] } = after;
  const { milliseconds, tokens } = after.costs[0]!;
  const result = { checkpoint: base, makesPolicy: false, makesReference: false, evaluations, suites, weights: [] };
  await activities.keepStage({ run, key, result: { ...result, milliseconds, tokens } });
  return after;
}

/** The untrained model, with the recipe's few-shot examples before each prompt. */
async function evaluateBase({ recipe, base }: AlignInput, run: RunRef, before: AlignState): Promise<AlignState> {
  let { fence } = before;
  for (let losses = 0; ;) {
    try {
      fence++;
      const at = { run, stage: 'base' };
      const opened = await activities.openSets({
        ...{ ...at, fence, checkpoint: base, reference: null, keepsAnchor: false, trainable: false },
      });
      const { evaluation, timings } = await activities.evaluate({
        ...{ ...at, step: 0, ...opened.sets, isReference: false, fewShot: recipe.task.fewShot },
      });
      const { fewShot } = recipe.task;
      const measured = await measureSuites(suitesOf(recipe, []), {
        ...{ ...at, step: 0, policy: opened.sets.policy, fence, fewShot },
      });
      const spent = [...opened.timings, ...timings, ...measured.timings];
      return {
        ...before,
        fence,
        evaluations: [evaluation],
        suites: measured.results,
        costs: [{ stage: 'base', ...totalOf(spent) }],
      };
    } catch (error) {
      losses = countLoss(error, losses, 'evaluation of the untrained model');
      log.warn('weights lost; loading the model again', { losses });
    }
  }
}

/** The policy a stage begins with: the one it names, else the newest. */
function startOf({ base }: AlignInput, { from }: Stage, { checkpoints, policies }: AlignState): Checkpoint {
  const wanted = from ?? policies.at(-1) ?? 'base';
  return checkpoints.find(({ stage }) => stage === wanted) ?? base;
}

/** The model a stage learns from: the result of an earlier stage, or one of its own; null when it has none. */
function teacherOf({ teachers = {} }: AlignInput, stage: Stage, checkpoints: readonly Checkpoint[]): Checkpoint | null {
  if (stage.kind !== 'distill') return null;
  return checkpoints.find((each) => each.stage === stage.teacher) ?? teachers[stage.name] ?? null;
}

/** The stage's result, where it was made before from the same; and the key to keep it under. */
async function findKept(
  input: AlignInput,
  run: RunRef,
  next: Stage,
  start: Checkpoint,
  { policies, reference, checkpoints }: AlignState,
): Promise<{ key: string; result: StageResult | null }> {
  const { fresh = false } = input;
  const { name: stage } = next;
  const teacher = teacherOf(input, next, checkpoints);
  const others = checkpoints.filter((each) => !policies.includes(each.stage)).concat(teacher ?? []);
  const kept = await activities.findStage({ run, stage, start, reference, others, fresh });
  if (kept.result) log.info('the stage was made before from the same: its result is used', { stage });
  return kept;
}

/** From `start`, or where an earlier execution was stopped. */
function startStage(
  input: AlignInput,
  run: RunRef,
  stage: Stage,
  start: Checkpoint,
  { checkpoints, reference, fence, unfinished }: AlignState,
  control: Control,
): Promise<ChildWorkflowHandle<StageWorkflow>> {
  const { runId, recipe, base, memberQueues = [] } = input;
  const near = reference ?? (hasKlStop(stage) ? start : null); // a limit needs something to measure from
  const resume = unfinished && { ...unfinished, outcome: 'running' as const, sets: null, fence };
  const cadence = { evaluateEvery: recipe.evaluation.everySteps ?? null, ...savingOf(recipe) };
  const suites = suitesOf(recipe, [base, ...checkpoints]);
  const teacher = teacherOf(input, stage, checkpoints);
  const elsewhere = stage.kind === 'warp' && memberQueues.length > 0 && { memberQueues };
  const more = { suites, ...(teacher && { teacher }), ...elsewhere, ...(resume && { resume }) };
  return startChild<StageWorkflow>(stage.kind, {
    workflowId: `${runId}.${stage.name}`,
    args: [{ run, stage, ...cadence, start, reference: near, fence, control, ...more }],
    typedSearchAttributes: stageAttributes(stage.name),
    staticSummary: `${recipe.name}: ${stage.name} from ${start.stage} v${start.version}`,
  });
}

/** When a stage saves: by its steps, or by the time they take. */
function savingOf({ checkpoints: { everySteps, everyMinutes } }: UnresolvedRecipe) {
  return { saveEvery: everySteps ?? null, ...(everyMinutes !== undefined && { saveAfterMs: everyMinutes * 60_000 }) };
}

/** The suites that can be run: those that compare need the checkpoint they name among the `earlier` ones. */
function suitesOf({ evaluation: { suites = [] } }: UnresolvedRecipe, earlier: readonly Checkpoint[]): SuiteRequest[] {
  return suites.flatMap((suite): SuiteRequest[] => {
    if (suite.kind !== 'win-rate') return [{ suite: suite.name, against: null }];
    const against = earlier.find(({ stage }) => stage === suite.against);
    return against ? [{ suite: suite.name, against }] : [];
  });
}

/** What is kept of a stage that ended. */
function resultOf({ kind }: Stage, start: Checkpoint, teacher: Checkpoint | null, ended: StageState): StageResult {
  const { checkpoint, makesPolicy, makesReference, evaluations, suites = [], milliseconds, tokens } = ended;
  const teachers = teacher ? [{ stage: teacher.stage, sha256: teacher.sha256, role: 'teacher' }] : [];
  const weights = ended.weights ?? recordsOf(checkpoint, kind, start, teachers);
  return {
    ...{ checkpoint, makesPolicy, makesReference, evaluations: evaluations.slice(-1) },
    ...{ suites, milliseconds, tokens, weights },
  };
}

function afterStage(before: AlignState, result: StageResult): AlignState {
  const { checkpoint, milliseconds, tokens, reusedFrom } = result;
  const { stage } = checkpoint;
  return {
    ...{ ...before, unfinished: null },
    evaluations: [...before.evaluations, ...result.evaluations],
    suites: [...(before.suites ?? []), ...result.suites],
    costs: [...before.costs, { stage, milliseconds, tokens, ...(reusedFrom !== undefined && { reusedFrom }) }],
    checkpoints: [...before.checkpoints, checkpoint],
    policies: result.makesPolicy ? [...before.policies, stage] : before.policies,
    weights: [...before.weights, ...result.weights],
    reference: result.makesReference ? checkpoint : before.reference,
  };
}
