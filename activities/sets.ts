import type { ModelClient, SetRef } from '../server/client.ts';
import type { Deps } from './deps.ts';
import type { Checkpoint, RunRef, Sets } from './records.ts';
import { timed } from './timing.ts';
import { activity, type Work } from './work.ts';

export interface OpenSetsInput {
  readonly run: RunRef;
  readonly stage: string;
  /** Higher than at any opening before: it tells this one from its predecessors, and shuts out what is late of those. */
  readonly fence: number;
  readonly checkpoint: Checkpoint;
  readonly reference: Checkpoint | null;
  readonly keepsAnchor: boolean;
  readonly trainable: boolean;
  /** A model to learn from, to have loaded beside the policy. */
  readonly teacher?: Checkpoint;
}

/** Names of a run's weight sets on the model server. */
export function setNames(runId: string) {
  return {
    policy: `${runId}/policy`,
    anchor: `${runId}/anchor`,
    reference: `${runId}/sft`,
    opponent: `${runId}/opponent`,
    teacher: `${runId}/teacher`,
  };
}

/** Frees all weight sets of a run. */
export async function dropSetsOf(model: ModelClient, runId: string, { signal }: Pick<Work, 'signal'>): Promise<void> {
  for (const name of Object.values(setNames(runId))) await model.drop(name, { signal });
}

/** Activities that put weight sets on the model server and take them off. */
export function setActivities({ model, store }: Deps) {
  return {
    /**
     * Loads what a stage works on: the policy, its anchor (the checkpoint's, else a copy of the policy) and the reference.
     *
     * @throws ApplicationFailure `VersionLost` when the server restarts in between.
     */
    openSets: activity(async (input: OpenSetsInput, { signal }) => {
      const { run, stage, fence, checkpoint, reference, keepsAnchor, trainable, teacher } = input;
      const names = setNames(run.runId);
      const load = async (name: string, folder: string, version: number, isTrainable: boolean): Promise<SetRef> => {
        const set = { name, version };
        await model.load({ set, source: store.locate(folder), trainable: isTrainable, fence }, { signal });
        return set;
      };
      return timed(store, { run, stage, part: 'load' }, async () => {
        if (!teacher) await model.drop(names.teacher, { signal }); // what an earlier stage learned from
        const { folder, version } = checkpoint;
        const policy = await load(names.policy, folder, version, trainable);
        let anchor: SetRef | null = null;
        if (keepsAnchor && checkpoint.anchor !== null) {
          anchor = await load(names.anchor, checkpoint.anchor, version, false);
        } else if (keepsAnchor) {
          await model.copy({ from: policy, to: names.anchor, fence }, { signal });
          anchor = { name: names.anchor, version };
        }
        const loadedReference = reference && (await load(names.reference, reference.folder, reference.version, false));
        const sets: Sets = {
          ...{ policy, anchor, reference: loadedReference },
          ...(teacher && { teacher: await load(names.teacher, teacher.folder, teacher.version, false) }),
        };
        return { sets };
      });
    }),

    dropSets: activity(({ runId }: { runId: string }, work) => dropSetsOf(model, runId, work)),
  };
}
