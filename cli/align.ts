import { join } from 'node:path';

import { configText } from '../activities/run-files.ts';
import type { Recipe, RecipeOverrides } from '../configs/load.ts';
import { createModelClient } from '../server/grpc-client.ts';
import { command, type OptionSpec } from './command.ts';
import { UsageError } from './failure.ts';
import { follow } from './runs/follow.ts';
import { baseOf, checkRecipe, newRunId } from './runs/new-run.ts';
import { readResult, readRunConfig } from './runs/recorded.ts';
import { announce, DETACHED, detachOnInterrupt, sayDetached, showResult } from './runs/show.ts';
import { startRun } from './runs/start.ts';
import { endUp, ensureUp } from './supervisor/ensure-up.ts';
import { connectTemporal } from './temporal.ts';
import { runFolder, temporalAddressOf, temporalOptions, workspaceOf } from './workspace.ts';

const options = {
  ...temporalOptions,
  data: { type: 'string', value: 'FILE.jsonl', help: "train on this file in place of the recipe's data" },
  'evaluation-data': { type: 'string', value: 'FILE.jsonl', help: 'evaluate on this file (default: rows held out)' },
  model: { type: 'string', value: 'NAME|PATH', help: "begin with this model in place of the recipe's" },
  seed: { type: 'string', value: 'N', help: "another seed than the recipe's" },
  fresh: { type: 'boolean', help: 'make every stage, also those that were made before from the same' },
  'run-id': { type: 'string', value: 'ID', help: 'names the run; one that is there already is attached to' },
} as const satisfies Record<string, OptionSpec>;

export const run = command(
  {
    name: 'align',
    arguments: 'RECIPE.yaml',
    about: `
Runs a recipe: starts it and follows it to its end, or attaches to the run of that id. What is not running of Temporal,
model server and worker is started for as long as it is needed. Ctrl-C detaches (exit code ${DETACHED}): the run goes on.

A stage that this workspace made before from the same options, data, rewards and weights is not made again: its result
is reused.

A run that was stopped goes on from its last checkpoint when it is started again with the same id.`,
    options,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const workspace = workspaceOf(values);
    const recipe = await checkRecipe(positionals[0]!, overridesOf(values));
    const runId = parseRunId(values['run-id'] ?? newRunId(recipe));
    await refuseOtherRecipe(workspace, runId, recipe);
    const earlier = await readResult(workspace, runId);
    if (earlier?.outcome === 'finished') return showResult(output, workspace, earlier);

    const base = await baseOf(recipe, (line) => output.note(line));
    const detaching = detachOnInterrupt();
    const temporalAddress = temporalAddressOf(values);
    let running = await ensureUp({ workspace, temporalAddress, output });
    try {
      const { temporal, model } = running.up;
      const client = await connectTemporal(temporal.address);
      const started = await startRun({ client, runId, recipe, base, fresh: values.fresh === true });
      announce(output, { runId, workspace, started, ui: temporal.ui });
      const server = createModelClient({ address: model.address });
      const onOutage = async () => {
        if (running.isOurs) running = await ensureUp({ workspace, temporalAddress, output });
      };
      const state = await follow({ runId, workspace, client, model: server, output, signal: detaching, onOutage });
      server.close();
      await client.connection.close();
      if (!state) return sayDetached(output, runId, running.isOurs);
      const result = await readResult(workspace, runId);
      if (!result) throw new Error(`run ${runId} ended without a result in ${runFolder(workspace, runId)}`);
      showResult(output, workspace, result);
    } finally {
      if (running.isOurs && !detaching.aborted) await endUp(workspace, running.up.pid);
    }
  },
);

function overridesOf(values: { readonly [name in Exclude<keyof typeof options, 'fresh'>]?: string }): RecipeOverrides {
  const { data, 'evaluation-data': evaluationData, model, seed: seedText } = values;
  const seed = seedText === undefined ? undefined : Number(seedText);
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new UsageError(`--seed: got ${seedText}, expected a whole number from 0`);
  }
  return {
    ...(data !== undefined && { data }),
    ...(evaluationData !== undefined && { evaluationData }),
    ...(model !== undefined && { model }),
    ...(seed !== undefined && { seed }),
  };
}

/** The id names a folder, a workflow and weight sets. */
function parseRunId(runId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(runId)) return runId;
  throw new UsageError(`--run-id: got ${runId}, expected letters, digits, - and _, 100 at most`);
}

async function refuseOtherRecipe(workspace: string, runId: string, recipe: Recipe): Promise<void> {
  const before = await readRunConfig(workspace, runId);
  if (before === null || before === configText(recipe)) return;
  throw new UsageError(
    `run ${runId} was started with another recipe (${join(runFolder(workspace, runId), 'config.json')}); ` +
      'give that one, or another --run-id',
  );
}
