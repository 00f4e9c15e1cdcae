import type { RlooStage } from '../configs/schema/rloo.ts';
import { activities } from './activities.ts';
import { moveAnchor } from './move-anchor.ts';
import { runStage, type StageDefinition, type StageInput, type StageState } from './stage.ts';

/**
 * REINFORCE with a leave-one-out baseline: several samples of the policy for each prompt, judged by the rewards; one
 * optimizer step, with the KL to the anchor in the reward; then the anchor moves a little towards the new policy.
 */
const definition: StageDefinition<RlooStage> = {
  keepsAnchor: true,
  makesPolicy: true,
  makesReference: false,
  klStop: (stage) => stage.klStop,

  plan: ({ run, stage }, { policy }) => activities.planJbond({ run, stage: stage.name, policy }),

  async step({ run, stage }, { step, plan, sets, fence }) {
    const { policy, anchor } = sets;
    if (!anchor) throw new Error('rloo: the stage has no anchor');
    const at = { run, stage: stage.name, step };
    const sampled = await activities.rollout({ ...at, rows: plan.rows, policy, anchor });
    const weighed = await activities.rlooBatch({ ...at, samples: sampled.samples, policy, anchor });
    const trained = await activities.trainStep({
      ...{ ...at, steps: plan.steps, policy, fence, batch: weighed.batch, temperature: stage.temperature },
    });
    const moved = await moveAnchor(stage, { ...at, anchor, policy: trained.policy, fence });
    return {
      sets: { ...sets, policy: trained.policy, anchor: moved.anchor },
      metrics: { ...sampled.metrics, ...weighed.metrics, ...trained.metrics },
      timings: [sampled, weighed, trained, moved].flatMap(({ timings }) => timings),
    };
  },
};

export async function rloo(input: StageInput<RlooStage>): Promise<StageState> {
  return runStage(input, definition);
}
