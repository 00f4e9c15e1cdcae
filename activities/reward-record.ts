import type { RewardIdentity } from '../rewards/load.ts';
import type { Store } from './artifacts.ts';
import { journalLines } from './journal.ts';
import type { StepRef } from './records.ts';
import { runFiles } from './run-files.ts';

/** From which step on a run was judged by which code. */
export interface RewardChange {
  readonly stage: string;
  readonly step: number;
  readonly rewards: readonly RewardIdentity[];
}

/**
 * Notes by which code a step was judged, where that is another than before: the first line is what the run began with, each
 * further one a change.
 */
export async function noteRewards(
  store: Store,
  { run, stage, step }: StepRef,
  rewards: readonly RewardIdentity[],
): Promise<void> {
  await store.update(runFiles(run.runId).rewards, (content) => {
    const before = journalLines(content ?? '');
    const last = before.at(-1);
    const change: RewardChange = { stage, step, rewards };
    if (last !== undefined && isSame((JSON.parse(last) as RewardChange).rewards, rewards)) return null;
    if (last !== undefined) {
      const names = changesOf((JSON.parse(last) as RewardChange).rewards, rewards).join(', ');
      process.stderr.write(`run ${run.runId}: from ${stage} ${step} on judged by other code: ${names}\n`);
    }
    return `${content ?? ''}${JSON.stringify(change)}\n`;
  });
}

/** `brevity (version 1, 3f2a91c0 → version 2, 77b0a1d4)` for each reward that is another than before. */
export function changesOf(before: readonly RewardIdentity[], after: readonly RewardIdentity[]): string[] {
  const short = ({ version, sha256 }: RewardIdentity) => `version ${version}, ${sha256.slice(0, 8)}`;
  return after.flatMap((now, index) => {
    const was = before[index];
    if (was && isSame([was], [now])) return [];
    return [`${now.name} (${was ? `${short(was)} → ` : ''}${short(now)})`];
  });
}

function isSame(a: readonly RewardIdentity[], b: readonly RewardIdentity[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
