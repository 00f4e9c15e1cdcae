import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';

import { Output } from '../../cli/output.ts';
import { follow } from '../../cli/runs/follow.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A Temporal client whose calls last until they are broken off. */
function endlessClient() {
  let signal: AbortSignal | null = null;
  const client = {
    open: 0,
    withAbortSignal(given: AbortSignal, call: () => Promise<unknown>) {
      signal = given;
      return call();
    },
    workflow: { getHandle: () => ({ result: () => client.endless(), describe: () => client.endless() }) },
    endless() {
      client.open++;
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          client.open--;
          reject(new Error('1 CANCELLED'));
        });
      });
    },
  };
  return client;
}

test('whoever stops following leaves no call open: one would be tried again on a closed connection', async () => {
  const client = endlessClient();
  const detaching = new AbortController();
  const following = follow({
    ...{ runId: 'run', workspace: temporaryFolder(), output: new Output(true), model: null },
    ...{ client: client as unknown as Client, signal: detaching.signal },
  });
  await expect.poll(() => client.open).toBe(1);
  detaching.abort();
  expect(await following).toBeNull();
  expect(client.open).toBe(0);
});
