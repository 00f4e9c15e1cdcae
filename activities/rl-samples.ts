import type { SampleLine } from './rollout.ts';

/** Completions of one prompt, all of them judged. */
export interface JudgedGroup {
  readonly own: readonly SampleLine[];
  readonly anchors: readonly SampleLine[];
}

/** The prompts of a step of which every sample could be judged; the others teach nothing. */
export function judgedGroups(lines: readonly SampleLine[]): JudgedGroup[] {
  const groups = Map.groupBy(lines, ({ group }) => group);
  return [...groups.values()].flatMap((group) => {
    if (group.some(({ reward }) => reward === null)) return [];
    return [{ own: group.filter(({ by }) => by === 'policy'), anchors: group.filter(({ by }) => by === 'anchor') }];
  });
}

/** Largest difference between what the sampler and the scorer say of the same token, nats. */
export function largestGap(sampled: readonly (readonly number[])[], scored: readonly (readonly number[])[]): number {
  const gaps = sampled.flatMap((tokens, i) => tokens.map((value, t) => Math.abs(value - scored[i]![t]!)));
  return gaps.reduce((largest, gap) => Math.max(largest, gap), 0);
}

/** At the first step policy and anchor are the same weights. A log-ratio above this means they are not computed alike. */
const MAX_FIRST_LOG_RATIO = 1e-6;

/** @throws Error when policy and anchor disagree at the first step, where they are the same. */
export function refuseFirstLogRatio(stage: string, step: number, farthest: number): void {
  if (step !== 1 || farthest < MAX_FIRST_LOG_RATIO) return;
  throw new Error(
    `stage ${stage}: the log-ratio of policy and anchor is ${farthest} at the first step, expected 0: they ` +
      'are the same weights, computed differently',
  );
}
