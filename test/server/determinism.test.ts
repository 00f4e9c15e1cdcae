import { expect, test } from 'vitest';

import { EngineThread } from '../../server/engine-client.ts';

// In a file of its own: TensorFlow reads its settings once in a process.
test('sums with repeated indices have the same bits each time, in the thread where the core runs', async () => {
  delete process.env.TF_DETERMINISTIC_OPS; // as a user's shell leaves it
  const thread = new EngineThread({
    engineModule: new URL('../support/scatter-engine.ts', import.meta.url),
    onDeath: (error) => expect.unreachable(String(error)),
  });
  // Without the setting it is: 39 different results of 100 were seen.
  expect((await thread.call('info', undefined)).residentBytes).toBe(1);
  await thread.close();
});
