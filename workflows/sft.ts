import type { SftStage } from '../configs/schema/sft.ts';
import { activities } from './activities.ts';
import { runStage, type StageDefinition, type StageInput, type StageState } from './stage.ts';

/** Supervised fine-tuning on the task's completions. */
const definition: StageDefinition<SftStage> = {
  keepsAnchor: false,
  makesPolicy: true,
  makesReference: true,
  klStop: () => undefined,

  plan: ({ run, stage }) => activities.planSft({ run, stage: stage.name }),

  async step({ run, stage }, { step, plan, sets, fence }) {
    const at = { run, stage: stage.name, step };
    const made = await activities.sftBatch({ ...at, policy: sets.policy });
    const trained = await activities.trainStep({
      ...{ ...at, steps: plan.steps, policy: sets.policy, fence, batch: made.batch, temperature: 1 },
    });
    return {
      sets: { ...sets, policy: trained.policy },
      metrics: trained.metrics,
      timings: [...made.timings, ...trained.timings],
    };
  },
};

export async function sft(input: StageInput<SftStage>): Promise<StageState> {
  return runStage(input, definition);
}
