import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Alarm, StepAlarms } from '../../activities/alarms.ts';
import { journalLines } from '../../activities/journal.ts';
import { rewardChanges } from '../../activities/reward-record.ts';
import { runFiles } from '../../activities/run-files.ts';

/** Something about a run's rewards that whoever runs it should know. */
export type Warning =
  | ({ readonly event: 'alarm'; readonly stage: string; readonly step: number; readonly since: number } & Alarm)
  /** From this step on a reward was other code. */
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
  const content = await readText(workspace, runFiles(runId).rewards);
  return rewardChanges(content).map((change): Warning => ({ event: 'reward_changed', ...change }));
}

function asWarnings(at: { stage: string; step: number }, alarms: StepAlarms['alarms']): Warning[] {
  return alarms.map((alarm) => ({ event: 'alarm', ...at, ...alarm }));
}

async function readLines<Line>(workspace: string, path: string): Promise<Line[]> {
  return journalLines(await readText(workspace, path)).map((text) => JSON.parse(text) as Line);
}

/** Empty while there is no such file. */
function readText(workspace: string, path: string): Promise<string> {
  return readFile(join(workspace, path), 'utf8').catch(() => '');
}
