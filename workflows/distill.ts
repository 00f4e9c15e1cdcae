import type { DistillStage } from '../configs/schema/distill.ts';
import { activities } from './activities.ts';
import { runStage, type StageDefinition, type StageInput, type StageState } from './stage.ts';

/** Learning a teacher's distribution, from targets drawn beforehand or with the teacher at hand. */
const definition: StageDefinition<DistillStage> = {
  keepsAnchor: false,
  keepsTeacher: ({ targets, cache, onPolicyShare }) => !(cache ?? (targets === 'sampled' && onPolicyShare === 0)),
  makesPolicy: true,
  makesReference: true,
  klStop: () => undefined,

  plan: ({ run, stage, teacher }, { policy, teacher: loaded }) =>
    activities.planDistill({ run, stage: stage.name, policy, teacher: loaded ? null : (teacher ?? null) }),

  async step({ run, stage }, { step, plan, sets, fence }) {
    const at = { run, stage: stage.name, step };
    const { policy, teacher = null } = sets;
    const made = await activities.distillBatch({ ...at, policy, teacher, targets: plan.targets ?? null });
    const trained = await activities.trainStep({
      ...{ ...at, steps: plan.steps, policy, fence, batch: made.batch, temperature: 1, teaching: made.teaching },
    });
    return {
      sets: { ...sets, policy: trained.policy },
      metrics: { ...made.metrics, ...trained.metrics },
      timings: [...made.timings, ...trained.timings],
    };
  },
};

export async function distill(input: StageInput<DistillStage>): Promise<StageState> {
  return runStage(input, definition);
}
