import type { JbondStage } from '../configs/schema/jbond.ts';
import { activities } from './activities.ts';
import { reinforcement } from './reinforcement.ts';
import { runStage, type StageInput, type StageState } from './stage.ts';

/**
 * J-BOND (arXiv 2407.14622, Algorithm 2): for each prompt one sample of the policy and two or more of the anchor, compared by
 * their rewards.
 */
const definition = reinforcement<JbondStage>(activities.jbondBatch);

export async function jbond(input: StageInput<JbondStage>): Promise<StageState> {
  return runStage(input, definition);
}
