import { log } from '@temporalio/workflow';

import type { EvaluateSuiteInput } from '../activities/evaluate-suite.ts';
import type { Metrics, SuiteResult, Timing } from '../activities/records.ts';
import type { Stage } from '../configs/schema/recipe.ts';
import { activities } from './activities.ts';
import { countLoss } from './recovery.ts';
import type { StageDefinition, StageInput, StagePlan, StageState, SuiteRequest } from './stage.ts';

/**
 * The next thing a stage does, from one state to another: load, plan, step, save its result, evaluate it; or, when the
 * weights were lost on the way, go back to the last checkpoint.
 */
export async function nextState<S extends Stage>(
  input: StageInput<S>,
  definition: StageDefinition<S>,
  state: StageState,
  stopping: boolean,
): Promise<StageState> {
  const { sets, plan, step, checkpoint } = state;
  try {
    if (stopping) return { ...(await save(input, state, 'recovery')), outcome: 'stopped' };
    if (!sets) return await load(input, definition, state);
    if (!plan) return { ...state, plan: await definition.plan(input, sets) };
    if (step < lastStep(state, plan)) return await makeStep(input, definition, state, plan);
    if (checkpoint.purpose !== 'result' || state.checkpointStep < step) return await save(input, state, 'result');
    if (!definition.makesPolicy) return { ...state, outcome: 'finished' };
    const evaluated = await evaluate(input, state, definition.makesReference);
    return { ...(await measureBySuites(input, evaluated)), outcome: 'finished' };
  } catch (error) {
    const recoveriesInRow = countLoss(error, state.recoveriesInRow, `${input.stage.name} after step ${step}`);
    log.warn('weights lost; going back to the last checkpoint', { step, checkpointStep: state.checkpointStep });
    return {
      ...{ ...state, sets: null, step: state.checkpointStep, recoveries: state.recoveries + 1, recoveriesInRow },
      ...(state.strikes && { strikes: state.checkpointStrikes ?? [] }),
    };
  }
}

async function load<S extends Stage>(
  { run, stage, start, reference, teacher }: StageInput<S>,
  { keepsAnchor, keepsTeacher }: StageDefinition<S>,
  state: StageState,
): Promise<StageState> {
  const fence = state.fence + 1;
  const beside = teacher && keepsTeacher?.(stage) ? { teacher } : {};
  const { checkpoint } = state;
  const options = 'lora' in stage ? stage.lora : undefined;
  const isTraining = checkpoint.purpose === 'recovery' || checkpoint.folder === start.folder;
  const how = !options
    ? { keepsAnchor, trainable: true }
    : isTraining
      ? { keepsAnchor, trainable: true, lora: { base: start, options } }
      : { keepsAnchor: false, trainable: false }; // the result, a whole model, to be evaluated
  const from = { checkpoint, reference, ...how, ...beside };
  const { sets, timings } = await activities.openSets({ run, stage: stage.name, fence, ...from });
  return spend({ ...state, fence, sets }, timings);
}

/** One step and, where they are due after it, an evaluation and a checkpoint. */
async function makeStep<S extends Stage>(
  input: StageInput<S>,
  definition: StageDefinition<S>,
  state: StageState,
  plan: StagePlan,
): Promise<StageState> {
  const { run, stage, evaluateEvery } = input;
  const { sets, fence } = state;
  const step = state.step + 1;
  const { metrics, timings, ...done } = await definition.step(input, { step, plan, sets: sets!, fence });
  await activities.recordStep({ run, stage: stage.name, step, metrics });

  let next: StageState = spend({ ...state, step, sets: done.sets, metrics, recoveriesInRow: 0 }, timings);
  next = endByRule(stage, next, metrics);
  if (step === lastStep(next, plan)) return next;
  if (definition.makesPolicy && isDue(step, evaluateEvery)) {
    next = endIfFar(definition.klStop(stage), await evaluate(input, next, false));
  }
  if (isSaveDue(input, next) && step < lastStep(next, plan)) next = await save(input, next, 'recovery');
  return next;
}

function isSaveDue<S extends Stage>({ saveEvery, saveAfterMs = Infinity }: StageInput<S>, state: StageState): boolean {
  return isDue(state.step, saveEvery) || state.milliseconds - (state.checkpointMilliseconds ?? 0) >= saveAfterMs;
}

/** Saves the step in hand, then removes the recovery checkpoint that came before. */
async function save<S extends Stage>(
  { run, stage }: StageInput<S>,
  state: StageState,
  purpose: 'recovery' | 'result',
): Promise<StageState> {
  const { sets, checkpoint: former } = state;
  const isSaved = state.checkpointStep === state.step && (purpose === 'recovery' || former.purpose === 'result');
  if (!sets || isSaved) return state;
  const { checkpoint, timings } = await activities.saveCheckpoint({ run, stage: stage.name, sets, purpose });
  if (former.purpose === 'recovery') await activities.removeCheckpoint({ run, checkpoint: former });
  const { step: checkpointStep, strikes: checkpointStrikes } = state;
  // What is evaluated is what is kept: after training an adapter, the model that it was merged into.
  const reload = checkpoint.adapter ? { sets: null } : {};
  const saved = { ...state, ...reload, checkpoint, checkpointStep, ...(checkpointStrikes && { checkpointStrikes }) };
  const spent = spend(saved, timings);
  return { ...spent, checkpointMilliseconds: spent.milliseconds };
}

async function evaluate<S extends Stage>(
  { run, stage }: StageInput<S>,
  state: StageState,
  isReference: boolean,
): Promise<StageState> {
  const { step, sets, evaluations } = state;
  if (evaluations.some((evaluation) => evaluation.step === step)) return state;
  const { evaluation, timings } = await activities.evaluate({
    ...{ run, stage: stage.name, step, policy: sets!.policy, reference: sets!.reference, isReference, fewShot: 0 },
  });
  return spend({ ...state, evaluations: [...evaluations, evaluation] }, timings);
}

/** What the recipe's suites say of the stage's result. */
async function measureBySuites<S extends Stage>(
  { run, stage, suites }: StageInput<S>,
  state: StageState,
): Promise<StageState> {
  const { sets, step, fence } = state;
  const at = { run, stage: stage.name, step, policy: sets!.policy, fence, fewShot: 0 };
  const { results, timings } = await measureSuites(suites, at);
  return results.length === 0 ? state : spend({ ...state, suites: results }, timings);
}

/** Suite after suite. Those that are recorded already answer from the record. */
export async function measureSuites(
  suites: readonly SuiteRequest[] = [],
  at: Omit<EvaluateSuiteInput, 'suite' | 'against'>,
): Promise<{ results: SuiteResult[]; timings: Timing[] }> {
  const results: SuiteResult[] = [];
  const timings: Timing[] = [];
  for (const request of suites) {
    const measured = await activities.evaluateSuite({ ...at, ...request });
    results.push(measured.result);
    timings.push(...measured.timings);
  }
  return { results, timings };
}

/** Ends the stage at this step when the policy has gone further from the reference than the stage allows. */
function endIfFar(limit: number | undefined, state: StageState): StageState {
  const { step, evaluations } = state;
  const kl = evaluations.find((evaluation) => evaluation.step === step)?.klToSft ?? null;
  if (limit === undefined || kl === null || kl <= limit) return state;
  log.warn('the KL to the SFT policy passed klStop: the stage ends here', { step, kl, limit });
  return { ...state, endsAt: step };
}

/** Ends the stage at this step when one of its stop rules has held for as many steps in a row as it wants. */
function endByRule(stage: Stage, state: StageState, metrics: Metrics): StageState {
  const rules = 'stopWhen' in stage ? stage.stopWhen : [];
  if (rules.length === 0) return state;
  const strikes = rules.map(({ metric, above = Infinity, below = -Infinity }, i) => {
    const value = metrics[metric];
    return value !== undefined && (value > above || value < below) ? (state.strikes?.[i] ?? 0) + 1 : 0;
  });
  const broken = rules.find(({ forSteps }, i) => strikes[i]! >= forSteps);
  if (!broken) return { ...state, strikes };
  log.warn('a stop rule holds: the stage ends here', { step: state.step, ...broken, value: metrics[broken.metric] });
  return { ...state, strikes, endsAt: state.step };
}

/** The plan itself stays: the learning rate of a step made again depends on it. */
function lastStep({ endsAt }: StageState, plan: StagePlan): number {
  return endsAt ?? plan.steps;
}

function isDue(step: number, every: number | null): boolean {
  return every !== null && step % every === 0;
}

/** Adds up what the stage cost. */
function spend(state: StageState, timings: readonly Timing[]): StageState {
  const { milliseconds, tokens } = totalOf(timings);
  return { ...state, milliseconds: state.milliseconds + milliseconds, tokens: state.tokens + tokens };
}

/** Milliseconds and tokens of several pieces of work together. */
export function totalOf(timings: readonly Timing[]): { milliseconds: number; tokens: number } {
  return timings.reduce(
    (total, { milliseconds, tokens }) => ({
      milliseconds: total.milliseconds + milliseconds,
      tokens: total.tokens + tokens,
    }),
    { milliseconds: 0, tokens: 0 },
  );
}
