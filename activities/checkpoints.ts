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
    /** The model server writes the folders itself, whole or not at all; done again, they are replaced by the same. */
    saveCheckpoint: activity(async ({ run, stage, sets, purpose }: SaveCheckpointInput, { signal }) =>
      timed(store, { run, stage, part: 'save' }, async () => {
        const { policy, anchor } = sets;
        const files = runFiles(run.runId);
        const isRecovery = purpose === 'recovery';
        const home = isRecovery ? files.recovery(stage, policy.version) : files.checkpoint(stage, policy.version);
        const save = (path: string, set: typeof policy, withOptimizer: boolean) =>
          model.save({ set, folder: store.locate(path), withOptimizer }, { signal });

        const folder = isRecovery ? `${home}/policy` : home;
        const { sha256, bytes } = await save(folder, policy, isRecovery);
        const anchorFolder = isRecovery && anchor ? `${home}/anchor` : null;
        if (anchor && anchorFolder) await save(anchorFolder, anchor, false);
        const { version } = policy;
        const checkpoint: Checkpoint = { stage, version, folder, sha256, bytes, purpose, anchor: anchorFolder };
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
