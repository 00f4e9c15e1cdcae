import type { RewardIdentity } from '../rewards/load.ts';
import type { Store } from './artifacts.ts';
import { journalLines } from './journal.ts';
import type { StepRef } from './records.ts';
import { runFiles } from './run-files.ts';

/** A line of a run's `rewards.jsonl`: from this step on these rewards were judged with by this code. */
export interface RewardChange {
  readonly stage: string;
  readonly step: number;
  readonly rewards: readonly RewardIdentity[];
}

/** Notes by which code a step was judged, where a reward comes up for the first time or has other code than before. */
export async function noteRewards(
  store: Store,
  { run, stage, step }: StepRef,
  rewards: readonly RewardIdentity[],
): Promise<void> {
  await store.update(runFiles(run.runId).rewards, (content) => {
    const known = latest(changesIn(content ?? ''));
    const fresh = rewards.filter((reward) => !isSame(known.get(reward.name), reward));
    if (fresh.length === 0) return null;
    for (const reward of fresh) {
      const before = known.get(reward.name);
      if (before)
        process.stderr.write(`run ${run.runId}: from ${stage} ${step} on ${describeChange(before, reward)}\n`);
    }
    return `${content ?? ''}${JSON.stringify({ stage, step, rewards: fresh } satisfies RewardChange)}\n`;
  });
}

/** Each reward whose code changed while the run went on, in words, with the step it was first judged with. */
export function rewardChanges(
  content: string,
): { readonly stage: string; readonly step: number; readonly message: string }[] {
  const changes = changesIn(content);
  return changes.flatMap(({ stage, step, rewards }, index) => {
    const known = latest(changes.slice(0, index));
    return rewards.flatMap((reward) => {
      const before = known.get(reward.name);
      return before ? [{ stage, step, message: describeChange(before, reward) }] : [];
    });
  });
}

function changesIn(content: string): RewardChange[] {
  return journalLines(content).map((line) => JSON.parse(line) as RewardChange);
}

function latest(changes: readonly RewardChange[]): Map<string, RewardIdentity> {
  return new Map(changes.flatMap(({ rewards }) => rewards.map((reward) => [reward.name, reward])));
}

function describeChange(before: RewardIdentity, now: RewardIdentity): string {
  const short = ({ version, sha256 }: RewardIdentity) => `version ${version}, ${sha256.slice(0, 8)}`;
  return `reward ${now.name} is other code: ${short(before)} → ${short(now)}`;
}

function isSame(a: RewardIdentity | undefined, b: RewardIdentity): boolean {
  return a?.version === b.version && a.sha256 === b.sha256;
}
