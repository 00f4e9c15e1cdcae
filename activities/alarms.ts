import type { Recipe } from '../configs/schema/recipe.ts';
import type { AlarmsConfig } from '../configs/schema/rewards.ts';
import type { Store } from './artifacts.ts';
import { journalLines, recordOnce } from './journal.ts';
import type { Metrics, StepRef } from './records.ts';
import { runFiles } from './run-files.ts';
import { mean, standardError } from './statistics.ts';

/** Something that looks wrong in what a step's rewards came to. */
export interface Alarm {
  readonly alarm:
    'dominance' | 'variance_collapse' | 'length_drift' | 'duplicates' | 'equal_groups' | 'fault_rate' | 'control_falls';
  /** The reward it is about, where it is about one. */
  readonly reward?: string;
  /** What was measured, and what it was compared with. */
  readonly value: number;
  readonly threshold: number;
  /** What it means and what to do. */
  readonly message: string;
}

/** A line of a run's `alarms.jsonl`: what was wrong at that step. */
export interface StepAlarms {
  readonly stage: string;
  readonly step: number;
  /** `since` is the step of the stage from which on an alarm held without a break. */
  readonly alarms: readonly (Alarm & { readonly since: number })[];
}

/**
 * Raises the alarms of a step and records them. They follow from the metrics of this step and of those before it, so a step
 * that is made again raises the same.
 *
 * @returns How many there are, as a metric.
 */
export async function raiseAlarms(
  store: Store,
  { run, stage, step }: StepRef,
  recipe: Recipe,
  metrics: Metrics,
): Promise<Metrics> {
  const files = runFiles(run.runId);
  const before = await earlierSteps<Metrics & { stage: unknown; step: number }>(store, files.metrics, stage, step);
  const alarms = alarmsOf(recipe, [...before, metrics]);
  if (alarms.length === 0) return { alarms: 0 };
  const last = (await earlierSteps<StepAlarms>(store, files.alarms, stage, step)).at(-1);
  const held = last?.step === step - 1 ? last.alarms : [];
  const entry: StepAlarms = {
    ...{ stage, step },
    alarms: alarms.map((each) => {
      const since = held.find(({ alarm, reward }) => alarm === each.alarm && reward === each.reward)?.since ?? step;
      return { ...each, since };
    }),
  };
  for (const { since, message } of entry.alarms) {
    if (since === step) process.stderr.write(`run ${run.runId}: ${stage} ${step}: ${message}\n`);
  }
  await recordOnce(store, files.alarms, entry);
  return { alarms: alarms.length };
}

/** @param steps Metrics of a stage's steps so far, the one to judge last. */
export function alarmsOf({ rewards, judging }: Recipe, steps: readonly Metrics[]): Alarm[] {
  const now = steps.at(-1);
  if (!now) return [];
  const config = judging.alarms;
  const names = namesIn(now);
  return [
    ...overThreshold(config, now),
    ...names.flatMap((name) => faultRate(config, now, name)),
    ...comparedWithFirst(config, steps),
    ...names.filter((_, index) => rewards[index]?.control).flatMap((name) => fallingControl(config, steps, name)),
  ];
}

/** Names of the rewards, in the order of the recipe, which is that of the metrics. */
function namesIn(metrics: Metrics): string[] {
  return Object.keys(metrics).flatMap((key) => /^rewards\/([^/]+)\/abstained$/.exec(key)?.[1] ?? []);
}

function overThreshold(config: AlarmsConfig, now: Metrics): Alarm[] {
  const checks: (Omit<Alarm, 'value'> & { readonly value: number | undefined })[] = [
    {
      ...{ alarm: 'dominance', value: now.dominance, threshold: config.dominance },
      message:
        'one reward brings nearly all of the variance: the others hardly count; compare their weights and ranges',
    },
    {
      ...{ alarm: 'duplicates', value: now.duplicates, threshold: config.duplicates },
      message: 'most completions are the same for different prompts: the policy may have collapsed',
    },
    {
      ...{ alarm: 'equal_groups', value: now.equalRewards, threshold: config.equalGroups },
      message:
        'in nearly every prompt all samples earn the same: there is nothing to learn from; use other prompts or rewards',
    },
  ];
  return checks.flatMap(({ value, message, ...rest }) =>
    value !== undefined && value > rest.threshold
      ? [{ ...rest, value, message: `${message} (${rest.alarm} ${short(value)}, alarm above ${rest.threshold})` }]
      : [],
  );
}

function faultRate({ faultRate: threshold }: AlarmsConfig, now: Metrics, reward: string): Alarm[] {
  const value = (now[`rewards/${reward}/infra_error`] ?? 0) + (now[`rewards/${reward}/timeout`] ?? 0);
  if (value <= threshold) return [];
  const message = `reward ${reward}: ${short(100 * value)} % of its verdicts are faults (alarm above ${100 * threshold} %); the reasons are in the samples`;
  return [{ alarm: 'fault_rate', reward, value, threshold, message }];
}

/** The last window against the first one of the stage. */
function comparedWithFirst(
  { window, varianceCollapse, lengthDrift }: AlarmsConfig,
  steps: readonly Metrics[],
): Alarm[] {
  if (steps.length < 2 * window) return [];
  const [first, last] = [steps.slice(0, window), steps.slice(-window)];
  const ratio = (name: string) => {
    const [before, now] = [first, last].map((each) => mean(each.map((metrics) => metrics[name] ?? 0)));
    return before === 0 ? 1 : now! / before!;
  };
  const alarms: Alarm[] = [];
  const spread = ratio('rewardStd');
  if (spread < varianceCollapse) {
    const message = `the reward hardly varies any more: its standard deviation is ${short(spread)} of what it was (alarm below ${varianceCollapse})`;
    alarms.push({ alarm: 'variance_collapse', value: spread, threshold: varianceCollapse, message });
  }
  const length = ratio('completionLength');
  if (length > lengthDrift || length < 1 / lengthDrift) {
    const message = `completions are ${short(length)} times as long as at first (alarm beyond ${lengthDrift} or 1/${lengthDrift}); a reward may pay for length`;
    alarms.push({ alarm: 'length_drift', value: length, threshold: lengthDrift, message });
  }
  return alarms;
}

/** What is trained on rises between two windows while the control falls: the reward is being gamed. */
function fallingControl({ window, controlDrop }: AlarmsConfig, steps: readonly Metrics[], reward: string): Alarm[] {
  const recent = steps.slice(-2 * window);
  if (recent.length < 2 * window) return [];
  const rise = (name: string) => {
    const [before, now] = [recent.slice(0, window), recent.slice(window)].map((each) =>
      each.flatMap((metrics) => metrics[name] ?? []),
    );
    if (before!.length < window || now!.length < window) return 0;
    const error = Math.hypot(standardError(before!), standardError(now!));
    const change = mean(now!) - mean(before!);
    return error === 0 ? Math.sign(change) * Infinity || 0 : change / error;
  };
  const [trained, control] = [rise('trained'), rise(`rewards/${reward}`)];
  if (!(trained > controlDrop && control < -controlDrop)) return [];
  const value = Math.max(control, -Number.MAX_VALUE); // JSON knows no infinity
  const message = `what is trained on rises while the control ${reward} falls (by ${short(-control)} standard errors, alarm above ${controlDrop}): the policy may be gaming the reward`;
  return [{ alarm: 'control_falls', reward, value, threshold: controlDrop, message }];
}

async function earlierSteps<Line extends { readonly stage: unknown; readonly step: number }>(
  store: Store,
  path: string,
  stage: string,
  step: number,
): Promise<Line[]> {
  const lines = journalLines((await store.readIfThere(path)) ?? '').map((line) => JSON.parse(line) as Line);
  return lines.filter((line) => line.stage === stage && line.step < step);
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
