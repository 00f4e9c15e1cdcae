import type { ArtifactRef } from '../../activities/artifacts.ts';
import { journalLines } from '../../activities/journal.ts';
import type { Checkpoint, RunRef, Sets } from '../../activities/records.ts';
import type { SampleLine } from '../../activities/rollout.ts';
import type { Recipe } from '../../configs/load.ts';
import type { TinyActivities } from './tiny-activities.ts';

/** Runs with a J-BOND stage, a step at a time. */
export function jbondRuns({ perform, store, recipe, base, nextRunId }: TinyActivities) {
  let fence = 0;

  async function open(run: RunRef, checkpoint: Checkpoint): Promise<Sets> {
    fence++;
    const how = { reference: base, keepsAnchor: true, trainable: true };
    return (await perform('openSets', { run, stage: 'jbond', fence, checkpoint, ...how })).sets;
  }

  return {
    /** The one of the sets opened last. */
    fence: () => fence,
    nextFence: () => ++fence,
    /** The sets of the stage, from a checkpoint. */
    open,

    /** A new run with the sets of its J-BOND stage loaded: policy, anchor and reference all the base model. */
    async startJbond(
      of: Recipe = recipe,
    ): Promise<{ run: RunRef; sets: Sets & { anchor: NonNullable<Sets['anchor']> } }> {
      const run = await perform('prepareRun', { runId: nextRunId(), recipe: of, base });
      const sets = await open(run, base);
      return { run, sets: { ...sets, anchor: sets.anchor! } };
    },

    /** One J-BOND step up to the trained policy. */
    async makeStep(run: RunRef, step: number, { policy, anchor }: Sets) {
      const at = { run, stage: 'jbond', step };
      const { samples } = await perform('rollout', { ...at, rows: null, policy, anchor: anchor! });
      const { batch, metrics } = await perform('jbondBatch', { ...at, samples, policy, anchor: anchor! });
      const train = { ...at, steps: 6, policy, fence, batch, temperature: 1 };
      return { samples, batch, metrics, train, trained: await perform('trainStep', train) };
    },

    async linesOf(ref: ArtifactRef): Promise<SampleLine[]> {
      return journalLines(await store.read(ref.path)).map((line) => JSON.parse(line) as SampleLine);
    },
  };
}
