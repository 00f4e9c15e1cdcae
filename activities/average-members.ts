import type { RewardModelStage } from '../configs/schema/reward-model.ts';
import { calibrate, pairAccuracy } from '../policies/reward-model.ts';
import { bestByAccuracy, checkTogether, disagreement } from '../policies/warm.ts';
import type { ModelClient, Precision, PreferencePair, RewardModelInfo, SetRef } from '../server/client.ts';
import type { Store } from './artifacts.ts';
import { writeOnce } from './journal.ts';
import type { Metrics } from './records.ts';
import type { rewardModelFiles } from './run-files.ts';
import type { Work } from './work.ts';

interface Averaging {
  readonly model: ModelClient;
  readonly store: Store;
  readonly files: ReturnType<typeof rewardModelFiles>;
  readonly stage: RewardModelStage;
  readonly evaluation: readonly PreferencePair[];
  /** The set that becomes the average, at the version before. */
  readonly policy: SetRef;
  readonly fence: number;
  readonly precision: Precision;
}

/**
 * Ranks the members by accuracy on the evaluation pairs, averages the best, and calibrates the average on the completions
 * of those pairs.
 *
 * @throws RangeError when members do not belong together.
 */
export async function averageMembers(input: Averaging, { signal }: Work) {
  const { model, store, files, stage, evaluation, policy, fence, precision } = input;
  const named = (what: string | number): SetRef => ({ name: `${policy.name}/${what}`, version: 0 });
  const load = (set: SetRef, path: string, trainable = false) =>
    model.load({ set, source: store.locate(path), trainable, fence }, { signal });
  const judge = async (set: SetRef) => {
    const sequences = evaluation.flatMap(({ promptIds, chosenIds, rejectedIds }) =>
      [chosenIds, rejectedIds].map((completionIds) => ({ promptIds, completionIds })),
    );
    const { rewards } = await model.reward({ set, sequences, calibrated: false, precision }, { signal });
    const pairs = evaluation.map((_, i) => ({ chosen: rewards[2 * i]!, rejected: rewards[2 * i + 1]! }));
    return { rewards, accuracy: pairAccuracy(pairs) };
  };

  const judged: { readonly rewards: readonly number[]; readonly accuracy: number }[] = [];
  for (let member = 0; member < stage.members; member++) {
    await load(named('member'), files.member(member));
    judged.push(await judge(named('member')));
    await model.drop(named('member').name, { signal });
  }
  const accuracies = judged.map(({ accuracy }) => accuracy);
  const best = bestByAccuracy(accuracies, stage.averaged ?? stage.members);
  const infos = await Promise.all(best.map(async (member) => infoOf(store, files.member(member))));
  if (best.length > 1) checkTogether(best.map((member, i) => ({ name: files.member(member), ...infos[i]! })));

  const sets = best.map((member) => named(`averaged ${member}`));
  const average = named('average');
  for (const [i, set] of sets.entries()) await load(set, files.member(best[i]!));
  const parts = sets.map((set) => ({ set, weight: 1 / sets.length }));
  await model.merge({ to: average, fence, method: 'linear', parts }, { signal });
  for (const { name } of sets) await model.drop(name, { signal });
  const of = await judge(average);
  const calibration = calibrate(of.rewards);
  const rewardModel = { ...infos[0]!, calibration };
  await model.save(
    { set: average, folder: store.locate(files.average), withOptimizer: false, rewardModel },
    { signal },
  );
  await model.drop(average.name, { signal });
  const set = { name: policy.name, version: policy.version + 1 };
  await load(set, files.average, true);

  await writeOnce(store, files.selection, `${JSON.stringify({ accuracies, averaged: best, calibration }, null, 2)}\n`);
  const chosen = best.map((member) => judged[member]!.rewards);
  const metrics: Metrics = {
    ...{ accuracy: of.accuracy, bestMemberAccuracy: Math.max(...accuracies) },
    meanMemberAccuracy: accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length,
    ...(chosen.length > 1 && { disagreement: disagreement(chosen) }),
    ...{ rewardMean: calibration.mean, rewardStd: calibration.std, averaged: best.length },
  };
  return { policy: set, metrics };
}

async function infoOf(store: Store, folder: string): Promise<RewardModelInfo> {
  return JSON.parse(await store.read(`${folder}/reward_model.json`)) as RewardModelInfo;
}
