import { checkpointActivities } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { distillActivities } from './distill.ts';
import { evaluateSuiteActivities } from './evaluate-suite.ts';
import { evaluateActivities } from './evaluate.ts';
import { finishActivities } from './finish.ts';
import { jbondActivities } from './jbond.ts';
import { mergeActivities } from './merge.ts';
import { prepareActivities } from './prepare.ts';
import { promptFilterActivities } from './prompt-filter.ts';
import { reuseActivities } from './reuse.ts';
import { rlooActivities } from './rloo.ts';
import { rewardModelActivities } from './reward-model.ts';
import { rolloutActivities } from './rollout.ts';
import { setActivities } from './sets.ts';
import { sftActivities } from './sft.ts';
import { trainingActivities } from './training.ts';
import { workplaceActivities } from './workplace.ts';

/**
 * Every activity, under the name workflows call it by. Each has one effect, can run twice, and reaches the model only
 * through the model server.
 */
export function createActivities(deps: Deps) {
  return {
    ...prepareActivities(deps),
    ...setActivities(deps),
    ...sftActivities(deps),
    ...distillActivities(deps),
    ...promptFilterActivities(deps),
    ...rolloutActivities(deps),
    ...jbondActivities(deps),
    ...rlooActivities(deps),
    ...mergeActivities(deps),
    ...rewardModelActivities(deps),
    ...trainingActivities(deps),
    ...evaluateActivities(deps),
    ...evaluateSuiteActivities(deps),
    ...checkpointActivities(deps),
    ...reuseActivities(deps),
    ...finishActivities(deps),
    ...workplaceActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
