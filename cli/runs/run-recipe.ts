import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { withPrecision } from '../../activities/precision.ts';
import { configText } from '../../activities/run-files.ts';
import type { Recipe, UnresolvedRecipe } from '../../configs/load.ts';
import { createModelClient } from '../../server/grpc-client.ts';
import { messageOf, UsageError } from '../failure.ts';
import type { Output } from '../output.ts';
import { endUp, ensureUp, type RunningUp } from '../supervisor/ensure-up.ts';
import { connectTemporal, requireWorkers, runsGoingOn, TASK_QUEUE } from '../temporal.ts';
import { runFolder, temporalAddressOf, workspaceOf } from '../workspace.ts';
import { follow } from './follow.ts';
import { baseOf, newRunId, teachersOf } from './new-run.ts';
import { readResult, readRunConfig } from './recorded.ts';
import { announce, detachOnInterrupt, leaveDetached, showEnd, showResult } from './show.ts';
import { startRun } from './start.ts';

interface RunOptions {
  readonly recipe: UnresolvedRecipe;
  readonly values: {
    readonly workspace?: string;
    readonly 'temporal-address'?: string;
    readonly 'run-id'?: string;
    readonly 'task-queue'?: string;
    readonly 'member-queue'?: readonly string[];
    readonly fresh?: boolean;
  };
  readonly output: Output;
}

/**
 * Runs a checked recipe to its end, or attaches to the run of that id: starts what is not running, follows, shows the
 * result.
 */
export async function runRecipe({ recipe, values, output }: RunOptions): Promise<void> {
  const workspace = workspaceOf(values);
  const runId = parseRunId(values['run-id'] ?? newRunId(recipe));
  await refuseOtherRecipe(workspace, runId, recipe);
  const taskQueue = values['task-queue'] ?? TASK_QUEUE;
  const memberQueues = memberQueuesOf(values['member-queue'] ?? [], taskQueue, recipe);
  const earlier = await readResult(workspace, runId);
  if (earlier?.outcome === 'finished') {
    output.note(`run ${runId} finished before; another --run-id, or none, starts a new one`);
    return showResult(output, workspace, earlier);
  }

  const note = (line: string) => output.note(line);
  const base = await baseOf(recipe, note);
  const teachers = await teachersOf(recipe, note);
  const detaching = detachOnInterrupt();
  const temporalAddress = temporalAddressOf(values);
  let running = await ensureUp({ workspace, temporalAddress, output });
  try {
    const { temporal, model } = running.up;
    const client = await connectTemporal(temporal.address);
    for (const queue of [taskQueue, ...memberQueues]) {
      if (queue !== TASK_QUEUE) await requireWorkers(client, queue);
    }
    const how = { taskQueue, memberQueues, fresh: values.fresh === true };
    const started = await startRun({ client, runId, recipe, base, teachers, ...how });
    announce(output, { runId, workspace, started, ui: temporal.ui });
    const unheard = (['task-queue', 'member-queue', 'fresh'] as const).filter((name) => values[name] !== undefined);
    if (started === 'attached' && unheard.length > 0) {
      output.note(`it was going already, so this had no effect: ${unheard.map((name) => `--${name}`).join(', ')}`);
    }
    const server = createModelClient({ address: model.address });
    const onOutage = async () => {
      if (running.isOurs) running = await ensureUp({ workspace, temporalAddress, output });
    };
    const state = await follow({ runId, workspace, client, model: server, output, signal: detaching, onOutage });
    if (!state) return leaveDetached(output, runId, running.isOurs);
    server.close();
    await client.connection.close();
    await showEnd(output, workspace, runId);
  } finally {
    if (running.isOurs && !detaching.aborted) await endUnlessUsed({ workspace, runId, up: running.up, output });
  }
}

/** Checked before anything is started. */
function memberQueuesOf(queues: readonly string[], own: string, { stages }: UnresolvedRecipe): readonly string[] {
  if (queues.length > 0 && !stages.some(({ kind }) => kind === 'warp')) {
    throw new UsageError('--member-queue: the recipe has no stage of kind warp, which alone trains policies there');
  }
  const twice = queues.find((queue, i) => queue === own || queues.indexOf(queue) < i);
  if (twice === undefined) return queues;
  throw new UsageError(`--member-queue: got ${twice} twice, expected queues beside the run's own, which is ${own}`);
}

interface Used {
  readonly workspace: string;
  readonly runId: string;
  readonly up: RunningUp['up'];
  readonly output: Output;
}

/** Ends what was started for a run that has ended, unless another run has come to use it, or might have. */
async function endUnlessUsed({ workspace, runId, up, output }: Used): Promise<void> {
  try {
    const going = await runsGoingOn(up.temporal.address);
    // A run that has just ended may still be listed.
    const others = going.filter((other) => other !== runId && existsSync(runFolder(workspace, other)));
    if (others.length > 0) return output.note(`what was started keeps running for ${others.join(', ')}; ${HOW_TO_END}`);
  } catch (error) {
    output.note(
      `cannot tell whether other runs go on (${messageOf(error)}): what was started keeps running; ${HOW_TO_END}`,
    );
    return;
  }
  await endUp(workspace, up.pid);
}

const HOW_TO_END = 'cabochon stop ends it';

/** The id names a folder, a workflow and weight sets. */
function parseRunId(runId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(runId)) return runId;
  throw new UsageError(`--run-id: got ${runId}, expected letters, digits, - and _, 100 at most`);
}

async function refuseOtherRecipe(workspace: string, runId: string, recipe: UnresolvedRecipe): Promise<void> {
  const before = await readRunConfig(workspace, runId);
  if (before === null) return;
  const { precision } = JSON.parse(before) as Recipe; // what auto came to then
  if (before === configText(withPrecision(recipe, precision))) return;
  throw new UsageError(
    `run ${runId} was started with another recipe (${join(runFolder(workspace, runId), 'config.json')}); ` +
      'give that one, or another --run-id',
  );
}
