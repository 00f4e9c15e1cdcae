import type { Finding } from './experiment.ts';
import type { Measured } from './rl-lab.ts';
import { type Estimate, estimate, gapAtEqual, verdict, written } from './statistics.ts';

/** Not those of the trials in which steps, rate and KL coefficient were chosen. */
export const SEEDS = [60, 61, 62, 63, 64];
export const POLICIES = 2;
export const STEPS = 80;
export const EVERY = 10;
/** β of the KL to the moving anchor. */
export const KL_COEF = 0.05;
/** η along the front, and the one with which the second iteration begins. */
export const RATES = [0, 0.1, 0.3, 0.5, 0.8, 1];
export const LITI = 0.3;
/** A reward this much lower at the same KL counts as not below; rewards lie in [0, 1]. */
const MARGIN = 0.005;
/** Degrees in every group of parameters from which task vectors count as far apart. */
const FAR = 45;
/** SLERP of whole weights counts as LERP when it is this much nearer to it than SLERP of task vectors is. */
const NEAR = 0.2;

/** What one seed gave. Fronts are by {@link RATES}. */
export interface WarpRun {
  readonly paths: readonly (readonly Measured[])[];
  readonly front: readonly Measured[];
  readonly lerp: readonly Measured[];
  /** The front to one of the policies: LITI without a merge. */
  readonly single: readonly Measured[];
  readonly secondPaths: readonly (readonly Measured[])[];
  readonly secondFront: readonly Measured[];
  /** Degrees, by group of parameters. */
  readonly taskAngles: Readonly<Record<string, number>>;
  readonly wholeAngles: Readonly<Record<string, number>>;
  /** Distance of the SLERP of whole weights from LERP, as a share of that of the SLERP of task vectors. */
  readonly wholeRatio: number;
  readonly whole: Measured;
  /** Length of a task vector as a share of the start's. */
  readonly moved: number;
}

const pointsOf = (path: readonly Measured[]) => path.map(({ kl, reward }) => [kl, reward] as const);

/** Heights of the SLERP front above others at equal KL, and of its end. */
function gapsOf(runs: readonly WarpRun[]) {
  const above = (of: (run: WarpRun) => number) => estimate(runs.map(of));
  const overPaths = ({ paths, front }: WarpRun) =>
    paths.reduce((sum, path) => sum + gapAtEqual(pointsOf(front), pointsOf(path)) / paths.length, 0);
  const last = (path: readonly Measured[]) => path.at(-1)!;
  return {
    'front less the paths': above(overPaths),
    'front less the front to LERP': above(({ front, lerp }) => gapAtEqual(pointsOf(front), pointsOf(lerp))),
    'front less the front to one policy': above(({ front, single }) => gapAtEqual(pointsOf(front), pointsOf(single))),
    'second front less the first': above((run) => gapAtEqual(pointsOf(run.secondFront), pointsOf(run.front))),
    'reward of SLERP less LERP': above(({ front, lerp }) => last(front).reward - last(lerp).reward),
    'KL of SLERP less LERP': above(({ front, lerp }) => last(front).kl - last(lerp).kl),
    'reward of SLERP of whole weights less LERP': above(({ whole, lerp }) => whole.reward - last(lerp).reward),
  };
}

/** By group of parameters. */
function anglesOf(runs: readonly WarpRun[], which: 'taskAngles' | 'wholeAngles'): Record<string, Estimate> {
  const groups = Object.keys(runs[0]![which]);
  return Object.fromEntries(groups.map((group) => [group, estimate(runs.map((run) => run[which][group]!))]));
}

export function findingOf(runs: readonly WarpRun[]): Finding {
  const gaps = gapsOf(runs);
  const task = anglesOf(runs, 'taskAngles');
  const whole = anglesOf(runs, 'wholeAngles');
  const ratio = estimate(runs.map((run) => run.wholeRatio));
  const moved = estimate(runs.map((run) => run.moved));
  const isAbovePaths = gaps['front less the paths'].interval[0] > 0;
  const isNotBelowLerp = gaps['front less the front to LERP'].interval[0] > -MARGIN;
  const isHigher = gaps['reward of SLERP less LERP'].interval[0] > 0;
  const isFarApart = Object.values(task).every(({ interval }) => interval[0] > FAR);
  const isLerp = ratio.interval[1] < NEAR;
  const isBetterAgain = gaps['second front less the first'].interval[0] > 0;
  const degrees = (of: Record<string, Estimate>) =>
    Object.entries(of)
      .map(([group, angle]) => `${nameOf(group)} ${written(angle, 0)}`)
      .join(', ');
  return {
    parts: {
      "the front lies above the policies' paths": isAbovePaths,
      'and not below the front to LERP': isNotBelowLerp,
      'SLERP has a higher reward than LERP': isHigher,
      'task vectors are far apart, in every group': isFarApart,
      'SLERP of whole weights is LERP': isLerp,
    },
    analysis:
      `Reward at equal KL, front to SLERP less the mean of the ${POLICIES} policies' own paths: ${written(gaps['front less the paths'], 4)}, ` +
      `above: ${verdict(isAbovePaths)}; less the front to LERP: ${written(gaps['front less the front to LERP'], 4)}, not below by more than ` +
      `${MARGIN}: ${verdict(isNotBelowLerp)}; less the front to one policy alone (not part of the claim): ` +
      `${written(gaps['front less the front to one policy'], 4)}. At η = 1 SLERP's reward less LERP's: ` +
      `${written(gaps['reward of SLERP less LERP'], 4)}, higher: ${verdict(isHigher)}, with ${written(gaps['KL of SLERP less LERP'], 2)} nats more. ` +
      `Angles of task vectors in degrees: ${degrees(task)}; over ${FAR} in each: ${verdict(isFarApart)}. Of whole weights: ${degrees(whole)}; ` +
      `their SLERP is ${written(ratio)} times as far from LERP as that of task vectors, below ${NEAR}: ${verdict(isLerp)}. A task vector is ` +
      `${written(moved, 2)} times as long as the start's weights. A second iteration from η = ${LITI} (not part of the claim), its front less the first: ` +
      `${written(gaps['second front less the first'], 4)}, above: ${verdict(isBetterAgain)}. M = ${POLICIES} policies by REINFORCE leave-one-out, ` +
      `${STEPS} steps, β ${KL_COEF} to an anchor that follows at 0.01; fronts at η ${RATES.join(', ')}.`,
    seeds: SEEDS,
    numbers: { gaps, taskAngles: task, wholeAngles: whole, wholeRatio: ratio, moved, perSeed: runs },
    intervals: {
      ...Object.fromEntries(Object.entries(gaps).map(([name, { interval }]) => [name, interval])),
      'SLERP of whole weights, distance from LERP': ratio.interval,
    },
    plots: { warp: plotOf(runs) },
  };
}

const nameOf = (group: string) => group.replace(/^model\./, '').replace(/\.(weight)?$/, '');

function plotOf(runs: readonly WarpRun[]) {
  const mean = (paths: readonly (readonly Measured[])[]) =>
    paths[0]!.map((_, i) => {
      const at = paths.map((path) => path[i]!);
      const reward = estimate(at.map((each) => each.reward));
      return [at.reduce((sum, { kl }) => sum + kl / at.length, 0), reward.mean, ...reward.interval] as const;
    });
  const line = { style: 'line' as const };
  return {
    title: 'Reward against KL to the start (mean over seeds, 95 %)',
    ...{ xLabel: 'KL to the start (nats)', yLabel: 'E[r]' },
    series: [
      { label: 'path of a policy', points: mean(runs.flatMap(({ paths }) => paths)), style: 'dashed' as const },
      { label: 'front to SLERP', points: mean(runs.map(({ front }) => front)), ...line },
      { label: 'front to LERP', points: mean(runs.map(({ lerp }) => lerp)), ...line },
      { label: 'front to one policy', points: mean(runs.map(({ single }) => single)), ...line },
      { label: 'second iteration', points: mean(runs.map(({ secondFront }) => secondFront)), ...line },
    ],
  };
}
