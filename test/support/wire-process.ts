/**
 * A model server on the wire engine, or a caller of one, in a process of its own, for tests that kill it.
 *
 *     wire-process.ts serve LISTEN      prints the address when ready
 *     wire-process.ts generate ADDRESS  loads `run/policy` and samples it until killed; prints `sampling` when it does
 */
import { createModelClient } from '../../server/grpc-client.ts';
import { startModelServer } from '../../server/start.ts';

const [, , mode, address = ''] = process.argv;

if (mode === 'serve') {
  const engineModule = new URL('wire-engine.ts', import.meta.url);
  const server = await startModelServer({ listen: address, engineModule, onDeath: () => process.exit(1) });
  console.log(server.address);
} else {
  const client = createModelClient({ address });
  const set = { name: 'run/policy', version: 0 };
  await client.load({ set, source: '/models/tiny', trainable: false, fence: 0 });
  const prompts = Array.from({ length: 20_000 }, (_, index) => ({ id: `${index}`, promptIds: [2] }));
  const sampling = { maxTokens: 2, temperature: 1, topK: 0, topP: 1 };
  const request = { set, prompts, numGenerations: 1, sampling, seed: -1, precision: 'float32' } as const;
  for await (const { promptIndex } of client.generate(request)) if (promptIndex === 0) console.log('sampling');
}
