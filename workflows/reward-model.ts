import type { RewardModelStage } from '../configs/schema/reward-model.ts';
import { activities } from './activities.ts';
import { runStage, type StageDefinition, type StageInput, type StageState } from './stage.ts';

/**
 * Reward models and their average (WARM, arXiv 2401.12187), as one row of steps: of the head, of each member, and one that
 * averages. So a recovery goes back no further than in any other stage.
 */
function definitionOf(input: StageInput<RewardModelStage>): StageDefinition<RewardModelStage> {
  return {
    keepsAnchor: false,
    makesPolicy: false,
    makesReference: false,
    klStop: () => undefined,

    plan: ({ run, stage }, { policy }) => activities.planRewardModel({ run, stage: stage.name, policy }),

    async step({ run, stage }, { step, plan: { steps, rows }, sets, fence }) {
      if (!rows) throw new Error('reward-model: the plan has no pairs');
      const made = await activities.rewardModelStep({
        ...{ run, stage: stage.name, step, steps, pairs: rows, policy: sets.policy, start: input.start, fence },
      });
      return { sets: { ...sets, policy: made.policy }, metrics: made.metrics, timings: made.timings };
    },
  };
}

export async function rewardModel(input: StageInput<RewardModelStage>): Promise<StageState> {
  return runStage(input, definitionOf(input));
}
