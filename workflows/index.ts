/** Every workflow, under the name that starts it. A stage's name is the `kind` in a recipe. */
export { align } from './align.ts';
export { distill } from './distill.ts';
export { jbond } from './jbond.ts';
export { rloo } from './rloo.ts';
export { rewardModel as 'reward-model' } from './reward-model.ts';
export { sft } from './sft.ts';
export { warp } from './warp.ts';
