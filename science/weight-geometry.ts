import { openCheckpoint } from '../model/checkpoints/open-checkpoint.ts';
import { groupOf } from '../model/merging/merge.ts';
import { cosineOf } from '../model/merging/slerp.ts';

/** The weights of a model as one vector for each group that SLERP gives an angle of its own. */
export type Weights = ReadonlyMap<string, Float64Array>;

/** @param folder A checkpoint small enough to be held twice. */
export async function weightsOf(folder: string): Promise<Weights> {
  const { tensors } = await openCheckpoint(folder);
  const parts = new Map<string, number[]>();
  for (const name of tensors.names()) {
    const group = parts.get(groupOf(name)) ?? [];
    parts.set(groupOf(name), group);
    for (const value of await tensors.read(name)) group.push(value);
  }
  return new Map([...parts].map(([group, values]) => [group, Float64Array.from(values)]));
}

/** a − b */
export function difference(a: Weights, b: Weights): Weights {
  return new Map([...a].map(([group, values]) => [group, values.map((value, i) => value - b.get(group)![i]!)]));
}

/** L2 norm of all groups together. */
export function norm(a: Weights): number {
  return Math.sqrt([...a.values()].reduce((sum, values) => sum + dot(values, values), 0));
}

/** Angle between two models' vectors in each group, degrees; groups that are 0 in either are left out. */
export function angles(a: Weights, b: Weights): Map<string, number> {
  const found = new Map<string, number>();
  for (const [group, x] of a) {
    const y = b.get(group)!;
    const cosine = cosineOf(dot(x, x), dot(y, y), dot(x, y));
    if (cosine !== null) found.set(group, (180 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, cosine))));
  }
  return found;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
