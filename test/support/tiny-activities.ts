import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll } from 'vitest';

import { localStore } from '../../activities/artifacts.ts';
import { createActivities, type Activities } from '../../activities/index.ts';
import type { Checkpoint } from '../../activities/records.ts';
import { resolveModel } from '../../model/checkpoints/resolve-model.ts';
import { createModelClient } from '../../server/grpc-client.ts';
import { startModelServer } from '../../server/start.ts';
import { tinyRecipe } from './tiny-recipe.ts';

export type TinyActivities = Awaited<ReturnType<typeof startTinyActivities>>;

/**
 * Activities on the real model core, with the tiny preset as the base model and a workspace of their own. All of it goes
 * when the tests of the file have ended.
 */
export async function startTinyActivities() {
  const workspace = mkdtempSync(join(tmpdir(), 'cabochon-test-'));
  const store = localStore(workspace);
  const server = await startModelServer({ listen: '127.0.0.1:0', onDeath: (error) => console.error(error) });
  const model = createModelClient({ address: server.address });
  afterAll(async () => {
    model.close();
    await server.stop();
    rmSync(workspace, { recursive: true });
  });
  const activities = createActivities({ model, store });
  const folder = await resolveModel('tiny');
  const base: Checkpoint = {
    ...{ stage: 'base', version: 0, folder, sha256: '', bytes: 0, purpose: 'result', anchor: null },
  };
  const logger = new DefaultLogger('ERROR', () => {}); // failures are what some tests are about
  let runs = 0;
  return {
    ...{ workspace, store, model, base, recipe: await tinyRecipe() },
    nextRunId: () => `run-${runs++}`,
    /** Does an activity as a worker would. */
    perform<Name extends keyof Activities>(name: Name, input: Parameters<Activities[Name]>[0]) {
      type Activity = (input: unknown) => ReturnType<Activities[Name]>;
      return new MockActivityEnvironment({}, { logger }).run(activities[name] as Activity, input) as ReturnType<
        Activities[Name]
      >;
    },
  };
}
