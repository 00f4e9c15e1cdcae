import type { Stage } from '../configs/schema/recipe.ts';

/** Whether a stage ends when its policy has gone too far, so that it needs a policy to measure from. */
export function hasKlStop(stage: Stage): boolean {
  const trained = stage.kind === 'warp' ? stage.member : stage;
  return 'klStop' in trained && trained.klStop !== undefined;
}
