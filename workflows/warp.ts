import { setHandler } from '@temporalio/workflow';

import type { WarpStage } from '../configs/schema/warp.ts';
import { activities } from './activities.ts';
import { controlSignal } from './control.ts';
import { stageProgressQuery } from './progress.ts';
import type { StageInput, StageState } from './stage.ts';
import { WarpRun } from './warp-run.ts';

/**
 * WARP (arXiv 2406.16768, Algorithm 1): trains the policies of an iteration, each as a child workflow of its kind, one after
 * the other or, where there are other task queues with model servers of their own, at the same time; merges them, steps back towards the beginning, and goes on from there. At the end the front: the first weights and
 * the last merge at each η, evaluated.
 */
export async function warp(input: StageInput<WarpStage>): Promise<StageState> {
  const { run: runRef, stage, suites } = input;
  const run = new WarpRun(input);
  setHandler(controlSignal, (control) => run.control(control));
  setHandler(stageProgressQuery, () => run.progress());

  const members = await activities.planWarp({ run: runRef, stage: stage.name });
  for (;;) {
    if (!(await run.trainPolicies(members))) return run.stopped();
    await run.mergePolicies();
    if (run.isLastIteration) break;
    await run.stepBack();
  }
  for (const rate of stage.front) await run.evaluateAt(rate, `${stage.name}-eta-${rate}`);
  const result = await run.evaluateAt(stage.eta, stage.name, suites);
  return run.finished(result);
}
