import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, test, vi } from 'vitest';

import { activity } from '../../activities/work.ts';

afterEach(() => void vi.useRealTimers());

test('an activity beats by itself while its body waits, with its last progress, and no more after it', async () => {
  vi.useFakeTimers();
  const environment = new MockActivityEnvironment();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  const release = Promise.withResolvers<void>();
  const body = activity(async (_: null, { report }) => {
    report('half-way');
    await release.promise;
    return 'done';
  });
  const running = environment.run(body, null);
  await vi.advanceTimersByTimeAsync(7_000);
  expect(beats.slice(1)).toEqual(['half-way', 'half-way', 'half-way']); // after 2, 4 and 6 seconds
  release.resolve();
  expect(await running).toBe('done');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(beats).toHaveLength(4);
});

test('a cancelled activity ends as cancelled, whatever its body makes of it', async () => {
  const environment = new MockActivityEnvironment();
  const body = activity(async (_: null, { signal }) => {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut off'))));
  });
  const running = environment.run(body, null);
  environment.cancel();
  await expect(running).rejects.toThrow(CancelledFailure);
});
