import { command } from './command.ts';
import { withRun } from './runs/running.ts';
import { temporalOptions } from './workspace.ts';

export const run = command(
  {
    name: 'pause',
    arguments: 'RUN',
    about: 'Lets a run wait after the step in hand, with everything kept on the model server.',
    options: temporalOptions,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const runId = positionals[0]!;
    const control = await withRun(values, runId, (handle) => handle.executeUpdate('pause'));
    output.say(`run ${runId} waits after the step in hand; cabochon resume ${runId} lets it go on`);
    output.emit({ runId, control });
  },
);
