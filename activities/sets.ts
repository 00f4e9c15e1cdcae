import type { LoraConfig } from '../configs/schema/lora.ts';
import { uniformInt } from '../sdk/random.ts';
import type { ModelClient, SetRef } from '../server/client.ts';
import type { Deps } from './deps.ts';
import type { Checkpoint, RunRef, Sets } from './records.ts';
import { recipeOf } from './run-data.ts';
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
  /** Policy and anchor are adapters on this model: new ones where `checkpoint` is the model itself, else the checkpoint's. */
  readonly lora?: { readonly base: Checkpoint; readonly options: LoraConfig };
}

/** Names of a run's weight sets on the model server. */
export function setNames(runId: string) {
  return {
    base: `${runId}/base`,
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

type Adapter = NonNullable<Parameters<ModelClient['load']>[0]['adapter']>;

/** Frees what an earlier stage left, before the base of adapters comes: both may not fit. */
async function dropOlder(model: ModelClient, names: ReturnType<typeof setNames>, fence: number, signal: AbortSignal) {
  const { sets } = await model.info({ signal });
  for (const { name, fence: loadedAt } of sets) {
    if (Object.values(names).includes(name) && loadedAt < fence) await model.drop(name, { signal });
  }
}

/** Activities that put weight sets on the model server and take them off. */
export function setActivities({ model, store }: Deps) {
  const newAdapter = async (run: RunRef, stage: string, { rank, alpha, targets }: LoraConfig) => {
    const { seed } = await recipeOf(store, run);
    return { rank, alpha, targets, seed: uniformInt(0, 2 ** 48, seed, 'lora', stage) };
  };
  return {
    /**
     * Loads what a stage works on: the policy, its anchor (the checkpoint's, else a copy of the policy) and the reference.
     * Adapters share their base with each other, and with a reference that is the same model.
     *
     * @throws ApplicationFailure `VersionLost` when the server restarts in between.
     */
    openSets: activity(async (input: OpenSetsInput, { signal }) => {
      const { run, stage, fence, checkpoint, reference, keepsAnchor, trainable, teacher, lora } = input;
      const names = setNames(run.runId);
      const load = async (set: SetRef, folder: string, how: { trainable?: boolean; adapter?: Adapter } = {}) => {
        const { trainable = false, ...adapter } = how;
        await model.load({ set, source: store.locate(folder), trainable, fence, ...adapter }, { signal });
        return set;
      };
      return timed(store, { run, stage, part: 'load' }, async () => {
        if (!teacher) await model.drop(names.teacher, { signal }); // what an earlier stage learned from
        if (lora) await dropOlder(model, names, fence, signal);
        else await model.drop(names.base, { signal });
        const { folder, version } = checkpoint;
        const base = lora && (await load({ name: names.base, version: lora.base.version }, lora.base.folder));
        const isNew = lora?.base.folder === folder;
        const adapter = base && { adapter: { base } };
        const created = base && isNew && { adapter: { base, create: await newAdapter(run, stage, lora.options) } };
        const policy = await load({ name: names.policy, version }, folder, { trainable, ...(created || adapter) });
        let anchor: SetRef | null = null;
        if (keepsAnchor && checkpoint.anchor !== null) {
          anchor = await load({ name: names.anchor, version }, checkpoint.anchor, adapter);
        } else if (keepsAnchor) {
          await model.copy({ from: policy, to: names.anchor, fence }, { signal });
          anchor = { name: names.anchor, version };
        }
        const isBase = reference !== null && reference.folder === lora?.base.folder;
        const named = (name: string, { folder, version }: Checkpoint) => load({ name, version }, folder);
        const sets: Sets = {
          ...{ policy, anchor, ...(base && { base }) },
          reference: isBase ? base! : reference && (await named(names.reference, reference)),
          ...(teacher && { teacher: await named(names.teacher, teacher) }),
        };
        return { sets };
      });
    }),

    dropSets: activity(({ runId }: { runId: string }, work) => dropSetsOf(model, runId, work)),
  };
}
