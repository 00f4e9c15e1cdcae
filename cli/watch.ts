import { createModelClient } from '../server/grpc-client.ts';
import { command } from './command.ts';
import { follow } from './runs/follow.ts';
import { readResult } from './runs/recorded.ts';
import { withRun } from './runs/running.ts';
import { detachOnInterrupt, leaveDetached, showEnd, showResult } from './runs/show.ts';
import { runningUp } from './supervisor/up-file.ts';
import { temporalOptions, workspaceOf } from './workspace.ts';

export const run = command(
  {
    name: 'watch',
    arguments: 'RUN',
    about: 'Shows what a run did so far and follows it to its end. Ctrl-C ends the watching only.',
    options: temporalOptions,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const workspace = workspaceOf(values);
    const runId = positionals[0]!;
    const signal = detachOnInterrupt();
    const ended = await readResult(workspace, runId);
    if (ended?.outcome === 'finished') return showResult(output, workspace, ended);

    await withRun(values, runId, async (handle, client) => {
      await handle.describe();
      const up = await runningUp(workspace);
      const model = up && createModelClient({ address: up.model.address });
      const state = await follow({ runId, workspace, client, model, output, signal });
      if (!state) return leaveDetached(output, runId, false);
      model?.close();
      await showEnd(output, workspace, runId);
    });
  },
);
