import type { Deps } from './deps.ts';
import type { Checkpoint, RunRef, Sets } from './records.ts';
import { runFiles } from './run-files.ts';
import { timed } from './timing.ts';
import { activity } from './work.ts';

export interface SaveCheckpointInput {
  readonly run: RunRef;
  readonly stage: string;
  readonly sets: Sets;
  readonly purpose: Checkpoint['purpose'];
}

/** Activities that save a stage and forget what it no longer needs. */
export function checkpointActivities({ model, store }: Deps) {
  return {
    /**
     * The model server writes the folders itself, whole or not at all; done again, they are replaced by the same. The result
     * of a stage that trained an adapter is a whole model, with the adapter in a folder beside it.
     */
    saveCheckpoint: activity(async ({ run, stage, sets, purpose }: SaveCheckpointInput, { signal }) =>
      timed(store, { run, stage, part: 'save' }, async () => {
        const { policy, anchor, base } = sets;
        const files = runFiles(run.runId);
        const save = async (
          path: string,
          set: typeof policy,
          how: { withOptimizer?: boolean; merged?: boolean } = {},
        ) => {
          const { withOptimizer = false, ...merged } = how;
          const folder = store.locate(path);
          const { sha256, bytes } = await model.save({ set, folder, withOptimizer, ...merged }, { signal });
          return { folder: path, sha256, bytes };
        };
        const at = { stage, version: policy.version, purpose };
        let checkpoint: Checkpoint;
        if (purpose === 'recovery') {
          const home = files.recovery(stage, policy.version);
          const saved = await save(`${home}/policy`, policy, { withOptimizer: true });
          const anchorFolder = anchor && (await save(`${home}/anchor`, anchor)).folder;
          checkpoint = { ...at, ...saved, anchor: anchorFolder };
        } else {
          const home = files.checkpoint(stage, policy.version);
          const adapter = base && (await save(`${home}-adapter`, policy));
          const saved = await save(home, policy, base && { merged: true });
          checkpoint = { ...at, ...saved, anchor: null, ...(adapter && { adapter }) };
        }
        return { checkpoint };
      }),
    ),

    /** Removes a recovery checkpoint. Results of stages are never removed. */
    removeCheckpoint: activity(async ({ run, checkpoint }: { run: RunRef; checkpoint: Checkpoint }) => {
      if (checkpoint.purpose !== 'recovery') {
        throw new RangeError(`removeCheckpoint: ${checkpoint.folder} is the result of a stage, which is kept`);
      }
      await store.remove(runFiles(run.runId).recovery(checkpoint.stage, checkpoint.version));
    }),
  };
}
