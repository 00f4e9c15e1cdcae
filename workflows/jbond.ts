import type { JbondStage } from '../configs/schema/jbond.ts';
import { activities } from './activities.ts';
import { moveAnchor } from './move-anchor.ts';
import { runStage, type StageDefinition, type StageInput, type StageState } from './stage.ts';

/**
 * J-BOND (arXiv 2407.14622, Algorithm 2): per prompt one sample of the policy and two or more of the anchor, judged by the rewards;
 * one optimizer step; then the anchor moves a little towards the new policy.
 */
const definition: StageDefinition<JbondStage> = {
  keepsAnchor: true,
  makesPolicy: true,
  makesReference: false,
  klStop: (stage) => stage.klStop,

  plan: ({ run, stage }, { policy }) => activities.planJbond({ run, stage: stage.name, policy }),

  async step({ run, stage }, { step, plan, sets, fence }) {
    const { policy, anchor } = sets;
    if (!anchor) throw new Error('jbond: the stage has no anchor');
    const at = { run, stage: stage.name, step };
    const sampled = await activities.rollout({ ...at, rows: plan.rows, policy, anchor });
    const weighed = await activities.jbondBatch({ ...at, samples: sampled.samples, policy, anchor });
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

export async function jbond(input: StageInput<JbondStage>): Promise<StageState> {
  return runStage(input, definition);
}
