import { command } from './command.ts';
import { withRun } from './runs/running.ts';
import { temporalOptions } from './workspace.ts';

export const run = command(
  {
    name: 'resume',
    arguments: 'RUN',
    about: 'Lets a paused run go on.',
    options: temporalOptions,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const runId = positionals[0]!;
    const control = await withRun(values, runId, (handle) => handle.executeUpdate('resume'));
    output.say(`run ${runId} goes on`);
    output.emit({ runId, control });
  },
);
