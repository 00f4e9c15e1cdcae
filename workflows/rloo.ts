import type { RlooStage } from '../configs/schema/rloo.ts';
import { activities } from './activities.ts';
import { reinforcement } from './reinforcement.ts';
import { runStage, type StageInput, type StageState } from './stage.ts';

/**
 * REINFORCE with a leave-one-out baseline: several samples of the policy for each prompt, with the KL to the anchor in the
 * reward.
 */
const definition = reinforcement<RlooStage>(activities.rlooBatch);

export async function rloo(input: StageInput<RlooStage>): Promise<StageState> {
  return runStage(input, definition);
}
