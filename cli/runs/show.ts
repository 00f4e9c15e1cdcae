import { join } from 'node:path';

import type { RunResult } from '../../activities/records.ts';
import type { Output } from '../output.ts';
import { NAMESPACE } from '../temporal.ts';
import { runFolder } from '../workspace.ts';
import { resultTable, suiteTable } from './lines.ts';
import { readResult } from './recorded.ts';
import type { Started } from './start.ts';

/** Exit code after Ctrl-C, as shells count it. */
export const DETACHED = 130;

/** Fires on the first Ctrl-C. */
export function detachOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

export interface Announcement {
  readonly runId: string;
  readonly workspace: string;
  readonly started: Started;
  readonly ui: string | null;
}

/** Where a run is, and where it can be looked at. */
export function announce(output: Output, { runId, workspace, started, ui }: Announcement): void {
  const temporalUi = ui === null ? null : `${ui}/namespaces/${NAMESPACE}/workflows/${runId}`;
  output.emit({ event: started, runId, workspace, temporalUi });
  output.say(`run ${runId}: ${started}`);
  output.say(`files        ${runFolder(workspace, runId)}`);
  if (temporalUi !== null) output.say(`Temporal UI  ${temporalUi}`);
}

/**
 * Says how to go on after Ctrl-C, and ends the process: while Temporal is away its client has calls to try again, for which
 * the process would stay, and which break it when the connection is closed before.
 */
export function leaveDetached(output: Output, runId: string, keepsUp: boolean): never {
  output.note(`detached: run ${runId} goes on; cabochon watch ${runId} follows it, cabochon stop ${runId} ends it`);
  if (keepsUp) output.note('what was started for it keeps running; cabochon stop ends that');
  process.exit(DETACHED);
}

/** Shows the result of a run that has ended. @throws Error when it left none. */
export async function showEnd(output: Output, workspace: string, runId: string): Promise<void> {
  const result = await readResult(workspace, runId);
  if (!result) throw new Error(`run ${runId} ended without a result in ${runFolder(workspace, runId)}`);
  showResult(output, workspace, result);
}

/** The table a run ends with, and where everything lies. */
export function showResult(output: Output, workspace: string, result: RunResult): void {
  const checkpoints = Object.fromEntries(
    Object.entries(result.checkpoints).map(([stage, folder]) => [stage, join(workspace, folder)]),
  );
  for (const line of ['', ...resultTable(result), '']) output.say(line);
  const suites = suiteTable(result.suites ?? []); // runs that ended before there were suites have none
  if (suites.length > 0) for (const line of [...suites, '']) output.say(line);
  for (const [stage, folder] of Object.entries(checkpoints)) output.say(`${stage}: ${folder}`);
  output.say(`everything else: ${runFolder(workspace, result.runId)}`);
  if (result.outcome === 'stopped') {
    output.note(`run ${result.runId} was stopped; the same command with --run-id ${result.runId} goes on from there`);
    process.exitCode = 1;
  }
  output.emit({ event: result.outcome, ...result, workspace, checkpoints });
}
