import { afterAll } from 'vitest';

import { createModelClient, type ModelClientOptions, type ModelServerClient } from '../../server/grpc-client.ts';
import { type ModelServer, type ModelServerOptions, startModelServer } from '../../server/start.ts';

export const WIRE_ENGINE = new URL('wire-engine.ts', import.meta.url);

/** For `expect.poll`: other processes may keep the machine busy, and some states do not last long. */
export const PATIENT = { timeout: 5000, interval: 5 };

export interface WireServer {
  readonly server: ModelServer;
  readonly client: ModelServerClient;
  /** Another client of the same server. */
  connect(options?: Partial<ModelClientOptions>): ModelServerClient;
  /** What the server logged, and the errors its core died of. */
  readonly log: string[];
  readonly deaths: Error[];
}

/** A model server on the wire engine and a free port, with a client; both are gone after the file's tests. */
export async function startWireServer(
  options: Partial<ModelServerOptions> = {},
  clientOptions: Partial<ModelClientOptions> = {},
): Promise<WireServer> {
  const log: string[] = [];
  const deaths: Error[] = [];
  const server = await startModelServer({
    listen: '127.0.0.1:0',
    engineModule: WIRE_ENGINE,
    onDeath: (error) => deaths.push(error),
    log: (line) => log.push(line),
    ...options,
  });
  const clients: ModelServerClient[] = [];
  const connect = (more: Partial<ModelClientOptions> = {}) => {
    const client = createModelClient({ address: server.address, ...clientOptions, ...more });
    clients.push(client);
    return client;
  };
  afterAll(async () => {
    for (const client of clients) client.close();
    await server.stop(0);
  });
  return { server, client: connect(), connect, log, deaths };
}

/** All that an async iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
