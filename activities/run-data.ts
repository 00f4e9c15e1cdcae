import type { Recipe, Stage } from '../configs/schema/recipe.ts';
import { warpMembers } from '../configs/schema/warp.ts';
import type { ArtifactRef, Store } from './artifacts.ts';
import type { PreparedRow } from './data/prepare.ts';
import { journalLines } from './journal.ts';
import type { RunRef } from './records.ts';

/** The recipe of a run, as it was when the run began. */
export async function recipeOf(store: Store, run: RunRef): Promise<Recipe> {
  return JSON.parse(await store.readExactly(run.config)) as Recipe;
}

/** The stage of that name, also one that trains a policy for a stage of kind warp. */
export function stageNamed(recipe: Recipe, name: string): Stage | undefined {
  const stages = recipe.stages.flatMap((stage): Stage[] =>
    stage.kind === 'warp' ? [stage, ...warpMembers(stage)] : [stage],
  );
  return stages.find((each) => each.name === name);
}

/** The stage of that name, of one of the kinds its caller is about. */
export function stageOf<Kind extends Stage['kind']>(
  recipe: Recipe,
  name: string,
  ...kinds: readonly Kind[]
): Stage & { kind: Kind } {
  const stage = stageNamed(recipe, name);
  if (stage && kinds.some((kind) => kind === stage.kind)) return stage as Stage & { kind: Kind };
  throw new RangeError(
    `recipe ${recipe.name}: got a stage ${name} of kind ${stage?.kind}, expected one of kind ${kinds.join(' or ')}`,
  );
}

/** Rows in their order, as they were when the run began. */
export async function rowsOf(store: Store, ref: ArtifactRef): Promise<PreparedRow[]> {
  return journalLines(await store.readExactly(ref)).map((line) => JSON.parse(line) as PreparedRow);
}

/** Values as JSON lines. */
export function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
