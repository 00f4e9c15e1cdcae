import { activities } from './activities.ts';

type Move = Parameters<typeof activities.moveAnchor>[0];

/** Moves the anchor where it is due; between hard updates it stays. Runs from before there were any move it always. */
export async function moveAnchor(
  { anchorRate: rate, anchorEvery = 1 }: { readonly anchorRate: number; readonly anchorEvery?: number },
  move: Omit<Move, 'rate'>,
): ReturnType<typeof activities.moveAnchor> {
  if (move.step % anchorEvery !== 0) return { anchor: move.anchor, timings: [] };
  return activities.moveAnchor({ ...move, rate });
}
