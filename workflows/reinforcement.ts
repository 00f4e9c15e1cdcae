import type { JbondStage } from '../configs/schema/jbond.ts';
import type { RlooStage } from '../configs/schema/rloo.ts';
import { activities } from './activities.ts';
import { moveAnchor } from './move-anchor.ts';
import type { StageDefinition } from './stage.ts';

/** Turns judged samples into a weighted batch: what makes one method different from another. */
type Weigh = typeof activities.jbondBatch | typeof activities.rlooBatch;

/**
 * A stage of reinforcement learning. A step: samples are drawn and judged by the rewards, weighed, and trained on in one
 * optimizer step; then the anchor moves a little towards the new policy.
 */
export function reinforcement<S extends JbondStage | RlooStage>(weigh: Weigh): StageDefinition<S> {
  return {
    keepsAnchor: true,
    makesPolicy: true,
    makesReference: false,
    klStop: (stage) => stage.klStop,
    plan: ({ run, stage }, { policy }) => activities.planJbond({ run, stage: stage.name, policy }),

    async step({ run, stage }, { step, plan, sets, fence }) {
      const { policy, anchor } = sets;
      if (!anchor) throw new Error(`${stage.kind}: the stage has no anchor`);
      const at = { run, stage: stage.name, step };
      const sampled = await activities.rollout({ ...at, rows: plan.rows, policy, anchor });
      const weighed = await weigh({ ...at, samples: sampled.samples, policy, anchor });
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
}
