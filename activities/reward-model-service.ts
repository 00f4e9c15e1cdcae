import { resolve } from 'node:path';

import type { Recipe } from '../configs/schema/recipe.ts';
import type { RewardServices } from '../rewards/host/process.ts';
import type { ModelClient } from '../server/client.ts';
import { isThere, type Store } from './artifacts.ts';
import type { Checkpoint } from './records.ts';
import { runFiles } from './run-files.ts';

/** Where the results of a run's stages lie. */
export interface RewardModelPlace {
  readonly store: Store;
  readonly runId: string;
}

/**
 * What rewards can ask of the model server: calibrated rewards of texts. A reward model is loaded when it is first asked
 * for, and again when the server lost it.
 */
export function rewardModelService(
  model: ModelClient,
  recipe: Pick<Recipe, 'stages' | 'task' | 'precision'>,
  place?: RewardModelPlace,
): RewardServices {
  return {
    scoreTexts: async ({ items, model: name }, signal) => {
      const source = await folderOf(name, recipe, place);
      if (source === null) return items.map(() => NaN);
      const set = { name: rewardModelSet(source), version: 0 };
      await model.load({ set, source, trainable: false, fence: 0 }, { signal });
      const sequences = await model.tokenize({ set: set.name, items, chat: recipe.task.chat }, { signal });
      const precision = recipe.precision.rollouts;
      return (await model.reward({ set, sequences, calibrated: true, precision }, { signal })).rewards;
    },
  };
}

/** Name of a reward model's set: the same for all runs that ask it. */
export const rewardModelSet = (folder: string): string => `reward-model ${folder}`;

/** Null while the stage has not ended. */
async function folderOf(
  name: string,
  { stages }: Pick<Recipe, 'stages'>,
  place: RewardModelPlace | undefined,
): Promise<string | null> {
  if (name.includes('/')) {
    const folder = place ? place.store.locate(name) : resolve(name);
    if (await isThere(folder)) return folder;
    throw new RangeError(`reward model ${folder}: no such folder; name a stage of the recipe, or the path of a model`);
  }
  const names = stages.flatMap((stage) => (stage.kind === 'reward-model' ? [stage.name] : []));
  if (!names.includes(name) || !place) {
    throw new RangeError(
      `reward model ${name}: got no such stage, expected a path with a / or one of ${names.join(', ') || 'none'}`,
    );
  }
  const text = await place.store.readIfThere(runFiles(place.runId).output(name));
  return text === null ? null : place.store.locate((JSON.parse(text) as Checkpoint).folder);
}
