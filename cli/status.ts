import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Client } from '@temporalio/client';

import type { RunProgress, StageProgress } from '../workflows/progress.ts';
import { command } from './command.ts';
import { messageOf } from './failure.ts';
import { table } from './output.ts';
import { readResult } from './runs/recorded.ts';
import { readWarnings, warningLine, type Warning } from './runs/warnings.ts';
import { runningUp, type UpFile } from './supervisor/up-file.ts';
import { connectTemporal } from './temporal.ts';
import { temporalAddressOf, temporalOptions, workspaceOf } from './workspace.ts';

/** A run in one line. */
interface RunStatus {
  readonly runId: string;
  /** `finished` or `stopped` by its own record, else what Temporal says; `unknown` while that is not up. */
  readonly state: string;
  readonly stage: string | null;
  readonly step: number | null;
  readonly steps: number | null;
  /** Of the last evaluation. */
  readonly accuracy: number | null;
  /** Why it failed; null when it did not. */
  readonly failure: string | null;
  /** Alarms of the last step, and changes of the rewards' code. */
  readonly warnings: readonly Warning[];
}

export const run = command(
  { name: 'status', about: 'Lists the runs and processes of a workspace.', options: temporalOptions },
  async ({ values, output }) => {
    const workspace = workspaceOf(values);
    const up = await runningUp(workspace);
    const address = temporalAddressOf(values) ?? up?.temporal.address;
    const client = address === undefined ? null : await connectTemporal(address);
    try {
      const runIds = await readdir(join(workspace, 'runs')).catch(() => []);
      const runs = await Promise.all(runIds.sort().map((runId) => statusOf(workspace, client, runId)));
      output.emit({ workspace, up, runs });
      for (const line of processLines(workspace, up)) output.say(line);
      if (runs.length > 0) output.say('');
      if (runs.length > 0) for (const line of runTable(runs)) output.say(line);
      for (const { runId, failure } of runs) if (failure !== null) output.say(`${runId}: ${failure}`);
      for (const { runId, warnings } of runs)
        for (const warning of warnings) output.say(`${runId}: ${warningLine(warning)}`);
    } finally {
      await client?.connection.close();
    }
  },
);

async function statusOf(workspace: string, client: Client | null, runId: string): Promise<RunStatus> {
  const result = await readResult(workspace, runId);
  const accuracy = result?.evaluations.at(-1)?.accuracy ?? null;
  const warnings = await readWarnings(workspace, runId);
  const known = { runId, stage: null, step: null, steps: null, accuracy, failure: null, warnings };
  if (result?.outcome === 'finished') return { ...known, state: 'finished' };
  const handle = client?.workflow.getHandle(runId);
  const state = (await handle?.describe().catch(() => null))?.status.name.toLowerCase();
  if (handle && state === 'failed') return { ...known, state, failure: await failureOfRun(handle) };
  if (!client || !handle || state !== 'running') return { ...known, state: result?.outcome ?? state ?? 'unknown' };
  // Answered by a worker: while none is up there is nothing to ask.
  const progress = await handle.query<RunProgress>('progress').catch(() => null);
  const child = progress?.child ? client.workflow.getHandle(progress.child) : null;
  const stage = await child?.query<StageProgress>('progress').catch(() => null);
  const paused = progress?.control.paused ? 'paused' : state;
  const evaluations = [...(progress?.evaluations ?? []), ...(stage?.evaluations ?? [])];
  return {
    ...{ runId, state: progress?.control.stopping ? 'stopping' : paused, stage: progress?.stage ?? null },
    ...{ step: stage?.step ?? null, steps: stage?.steps ?? null, accuracy: evaluations.at(-1)?.accuracy ?? accuracy },
    ...{ failure: null, warnings },
  };
}

/** What a failed run ended with. */
function failureOfRun(handle: ReturnType<Client['workflow']['getHandle']>): Promise<string> {
  return handle.result().then(
    () => 'it goes on again',
    (error: unknown) => messageOf(error).split('\n')[0]!, // what to do about it, watch says
  );
}

function processLines(workspace: string, up: (UpFile & { pid: number }) | null): string[] {
  if (!up) return [`nothing runs in ${workspace}`];
  const state = (pid: number | null) => (pid === null ? 'down' : `pid ${pid}`);
  const { temporal, model, worker } = up;
  return table([
    ['up', `pid ${up.pid}`, up.ready ? 'all ready' : 'something is starting'],
    ['temporal', temporal.ui === null ? 'elsewhere' : state(temporal.pid), [temporal.address, temporal.ui].join('  ')],
    ['model server', state(model.pid), model.address],
    ['worker', state(worker.pid), ''],
  ]);
}

function runTable(runs: readonly RunStatus[]): string[] {
  const rows = runs.map(({ runId, state, stage, step, steps, accuracy }) => [
    ...[runId, state, stage ?? '', step === null ? '' : `${step}/${steps ?? '…'}`],
    accuracy === null ? '' : `${(100 * accuracy).toFixed(1)} %`,
  ]);
  return table([['run', 'state', 'stage', 'step', 'accuracy'], ...rows]);
}
