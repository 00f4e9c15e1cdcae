import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { localStore, type Store } from '../../activities/artifacts.ts';
import type { Deps } from '../../activities/deps.ts';
import { prepareActivities } from '../../activities/prepare.ts';
import { recipeOf } from '../../activities/run-data.ts';
import type { Checkpoint, RunRef } from '../../activities/records.ts';
import { loadRecipe } from '../../configs/load.ts';
import type { Precision } from '../../server/client.ts';

const { recipe: tiny } = await loadRecipe(join(import.meta.dirname, '../../configs/tiny.yaml'));
const base: Checkpoint = {
  ...{ stage: 'base', version: 0, folder: 'tiny', sha256: 'abc', bytes: 0, purpose: 'result', anchor: null },
};
let store: Store;
beforeEach(() => void (store = localStore(mkdtempSync(join(tmpdir(), 'cabochon-test-')))));
afterEach(() => rmSync(store.locate('.'), { recursive: true }));

/** Prepares a run by a model server that measured this. */
async function prepare(runId: string, precision: Precision, recipe = tiny) {
  const model = { info: () => Promise.resolve({ precision }) } as unknown as Deps['model'];
  const { prepareRun } = prepareActivities({ model, store });
  const run = (await new MockActivityEnvironment().run(prepareRun, { runId, recipe, base })) as RunRef;
  return (await recipeOf(store, run)).precision;
}

test('auto is what the model server measured when the run began, in its recipe and for good', async () => {
  expect(tiny.precision).toEqual({ training: 'auto', rollouts: 'auto' });
  expect(await prepare('fast', 'bfloat16')).toEqual({ training: 'bfloat16', rollouts: 'bfloat16' });
  expect(await prepare('fast', 'float32')).toEqual({ training: 'bfloat16', rollouts: 'bfloat16' });
  expect(await prepare('slow', 'float32')).toEqual({ training: 'float32', rollouts: 'float32' });
});

test('what the recipe names stays', async () => {
  const named = { ...tiny, precision: { training: 'float32', rollouts: 'auto' } } as const;
  expect(await prepare('named', 'bfloat16', named)).toEqual({ training: 'float32', rollouts: 'bfloat16' });
  const other = { ...tiny, precision: { training: 'bfloat16', rollouts: 'auto' } } as const;
  await expect(prepare('named', 'bfloat16', other)).rejects.toBeInstanceOf(ApplicationFailure);
});
