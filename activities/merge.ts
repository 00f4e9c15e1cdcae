import { litiWeights, slerpLambdas, type SlerpSchedule } from '../policies/warp.ts';
import type { MergeRequest, SetRef } from '../server/client.ts';
import type { Deps } from './deps.ts';
import type { Checkpoint, RunRef, WeightRecord } from './records.ts';
import { runFiles } from './run-files.ts';
import { timed } from './timing.ts';
import { activity, type Work } from './work.ts';

interface MergeInput {
  readonly run: RunRef;
  /** Names the result. */
  readonly stage: string;
  readonly fence: number;
  readonly base: Checkpoint;
}

export interface SlerpInput extends MergeInput {
  readonly policies: readonly Checkpoint[];
  readonly schedule: SlerpSchedule;
}

export interface LitiInput extends MergeInput {
  readonly other: Checkpoint;
  /** η: share of `other`. */
  readonly rate: number;
}

/** A request without what every merge has. */
type Method = MergeRequest extends infer R ? (R extends MergeRequest ? Omit<R, 'to' | 'fence'> : never) : never;

/** Activities that make weights of weights. Done again, they give the same. */
export function mergeActivities({ model, store }: Deps) {
  /** Loads the checkpoints, merges and saves; nothing stays on the model server. */
  const mergeCheckpoints = async (
    { run, stage, fence }: MergeInput,
    from: readonly Checkpoint[],
    method: (sets: readonly SetRef[]) => Method,
    { signal }: Work,
  ): Promise<Checkpoint> => {
    const version = Math.max(...from.map((each) => each.version));
    const to = { name: `${run.runId}/merged`, version };
    const sets = from.map((each, i) => ({ name: `${run.runId}/merge-${i}`, version: each.version }));
    try {
      for (const [i, set] of sets.entries()) {
        await model.load({ set, source: store.locate(from[i]!.folder), trainable: false, fence }, { signal });
      }
      await model.merge({ to, fence, ...method(sets) }, { signal });
      const folder = runFiles(run.runId).checkpoint(stage, version);
      const saved = await model.save({ set: to, folder: store.locate(folder), withOptimizer: false }, { signal });
      return { stage, version, folder, sha256: saved.sha256, bytes: saved.bytes, purpose: 'result', anchor: null };
    } finally {
      for (const { name } of [...sets, to]) await model.drop(name).catch(() => {}); // the server may be what failed
    }
  };

  return {
    /** base + SLERP of (policy − base), one angle a layer. */
    mergeBySlerp: activity(async (input: SlerpInput, work) =>
      timed(store, { run: input.run, stage: input.stage, part: 'merge' }, async () => {
        const { base, policies, schedule } = input;
        const lambdas = slerpLambdas(policies.length, schedule);
        const method = ([first, ...sets]: readonly SetRef[]): Method => ({
          method: 'slerp',
          base: first!,
          sets,
          lambdas,
        });
        const checkpoint = await mergeCheckpoints(input, [base, ...policies], method, work);
        const parents = [base, ...policies].map(({ stage, sha256 }, i) => {
          return { stage, sha256, role: i === 0 ? 'base' : `policy, ${schedule} schedule` };
        });
        return { checkpoint, record: recordOf(checkpoint, 'slerp', parents) };
      }),
    ),

    /** (1 − η) · base + η · other. */
    mergeByLiti: activity(async (input: LitiInput, work) =>
      timed(store, { run: input.run, stage: input.stage, part: 'merge' }, async () => {
        const from = [input.base, input.other];
        const weights = litiWeights(input.rate);
        const parts = (sets: readonly SetRef[]) => sets.map((set, i) => ({ set, weight: weights[i]! }));
        const checkpoint = await mergeCheckpoints(
          input,
          from,
          (sets) => ({ method: 'linear', parts: parts(sets) }),
          work,
        );
        const parents = from.map(({ stage, sha256 }, i) => ({ stage, sha256, weight: weights[i]! }));
        return { checkpoint, record: recordOf(checkpoint, 'liti', parents) };
      }),
    ),
  };
}

function recordOf(
  { stage, version, folder, sha256, bytes }: Checkpoint,
  by: string,
  parents: WeightRecord['parents'],
): WeightRecord {
  return { stage, version, folder, sha256, bytes, by, parents };
}
