import { command } from './command.ts';
import { withRun } from './runs/running.ts';
import { endUp } from './supervisor/ensure-up.ts';
import { runningUp } from './supervisor/up-file.ts';
import { temporalOptions, workspaceOf } from './workspace.ts';

export const run = command(
  {
    name: 'stop',
    arguments: '[RUN]',
    about: `
With a run: asks it to end after the step in hand, with a checkpoint to go on from. Without: ends Temporal, model server and
worker of the workspace; runs that are not done go on from their last checkpoint with the next 'cabochon up'.`,
    options: temporalOptions,
    positionals: [0, 1],
  },
  async ({ values, positionals: [runId], output }) => {
    if (runId !== undefined) {
      const control = await withRun(values, runId, (handle) => handle.executeUpdate('stop'));
      output.say(`run ${runId} ends after the step in hand; cabochon watch ${runId} shows when`);
      output.emit({ runId, control });
      return;
    }
    const workspace = workspaceOf(values);
    const up = await runningUp(workspace);
    if (up) await endUp(workspace, up.pid);
    output.say(up ? `ended what ran in ${workspace}` : `nothing runs in ${workspace}`);
    output.emit({ workspace, ended: up !== null });
  },
);
