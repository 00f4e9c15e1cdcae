import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Alarm, StepAlarms } from '../../activities/alarms.ts';
import { journalLines } from '../../activities/journal.ts';
import { changesOf, type RewardChange } from '../../activities/reward-record.ts';
import { runFiles } from '../../activities/run-files.ts';

/** Something about a run's rewards that whoever runs it should know. */
export type Warning =
  | ({ readonly event: 'alarm'; readonly stage: string; readonly step: number; readonly since: number } & Alarm)
  /** From this step on judged by other code. */
  | { readonly event: 'reward_changed'; readonly stage: string; readonly step: number; readonly message: string };

/** What is wrong as of a run's last step, and each change of its rewards' code. */
export async function readWarnings(workspace: string, runId: string): Promise<Warning[]> {
  const files = runFiles(runId);
  const steps = await readLines<{ stage: string; step: number }>(workspace, files.metrics);
  const last = steps.at(-1);
  const alarms = (await readLines<StepAlarms>(workspace, files.alarms)).filter(
    ({ stage, step }) => stage === last?.stage && step === last.step,
  );
  return [
    ...(await changes(workspace, runId)),
    ...alarms.flatMap(({ alarms: raised, ...at }) => asWarnings(at, raised)),
  ];
}

/** Reads the warnings that came up since the last call: alarms at the step where they begin. */
export function followWarnings(workspace: string, runId: string): () => Promise<Warning[]> {
  const seen = { alarms: 0, changes: 0 };
  return async () => {
    const lines = await readLines<StepAlarms>(workspace, runFiles(runId).alarms);
    const news = lines.slice(seen.alarms).flatMap(({ alarms, ...at }) =>
      asWarnings(
        at,
        alarms.filter(({ since }) => since === at.step),
      ),
    );
    const changed = await changes(workspace, runId);
    const fresh = [...changed.slice(seen.changes), ...news];
    Object.assign(seen, { alarms: lines.length, changes: changed.length });
    return fresh;
  };
}

/** `alarm since jbond 12: …` */
export function warningLine(warning: Warning): string {
  if (warning.event === 'reward_changed') return `from ${warning.stage} ${warning.step} on ${warning.message}`;
  return `alarm since ${warning.stage} ${warning.since}: ${warning.message}`;
}

async function changes(workspace: string, runId: string): Promise<Warning[]> {
  const lines = await readLines<RewardChange>(workspace, runFiles(runId).rewards);
  return lines.slice(1).map(({ stage, step, rewards }, i): Warning => {
    const message = `judged by other code: ${changesOf(lines[i]!.rewards, rewards).join(', ')}`;
    return { event: 'reward_changed', stage, step, message };
  });
}

function asWarnings(at: { stage: string; step: number }, alarms: StepAlarms['alarms']): Warning[] {
  return alarms.map((alarm) => ({ event: 'alarm', ...at, ...alarm }));
}

async function readLines<Line>(workspace: string, path: string): Promise<Line[]> {
  const content = await readFile(join(workspace, path), 'utf8').catch(() => '');
  return journalLines(content).map((text) => JSON.parse(text) as Line);
}
