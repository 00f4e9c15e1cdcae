import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import { temporalBinary } from '../../scripts/paths.mjs';
import { createModelClient } from '../../server/grpc-client.ts';
import { UnreachableError } from '../failure.ts';
import { answersTemporal, SEARCH_ATTRIBUTES } from '../temporal.ts';
import type { ServiceSpec } from './service.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

/** The Temporal development server, its state in a file of the workspace. */
export function temporalService(options: {
  readonly workspace: string;
  readonly port: number;
  readonly uiPort: number;
}): ServiceSpec {
  const { workspace, port, uiPort } = options;
  const binary = temporalBinary();
  if (binary === null) {
    throw new UnreachableError('no Temporal server found; run npm run setup, or give --temporal-address');
  }
  return {
    ...{ name: 'temporal', file: binary, log: join(workspace, 'logs', 'temporal.log'), graceMs: 10_000 },
    args: [
      ...['server', 'start-dev', '--db-filename', join(workspace, 'temporal.db'), '--log-level', 'warn'],
      ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      ...['--ip', '127.0.0.1', '--port', String(port), '--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)],
    ],
    isReady: () => answersTemporal(`127.0.0.1:${port}`),
  };
}

/** The model server, on loopback. */
export function modelService({ workspace, address }: { workspace: string; address: string }): ServiceSpec {
  return {
    ...nodeService(workspace, 'serve', ['--listen', address]),
    isReady: async () => {
      const client = createModelClient({ address });
      try {
        return (await client.health({ timeoutMs: 1000 })).status !== 'starting';
      } finally {
        client.close();
      }
    },
  };
}

/** A worker on the workspace. */
export function workerService(options: {
  readonly workspace: string;
  readonly temporal: string;
  readonly model: string;
}): ServiceSpec {
  const { workspace, temporal, model } = options;
  const addresses = ['--temporal-address', temporal, '--model-address', model];
  const ready = new WeakSet<ChildProcess>();
  const listening = new WeakSet<ChildProcess>();
  return {
    ...nodeService(workspace, 'worker', ['--workspace', workspace, ...addresses]),
    // It says so itself, by the first message on its channel.
    isReady: async (child) => {
      if (!listening.has(child)) child.once('message', () => ready.add(child));
      listening.add(child);
      return ready.has(child);
    },
  };
}

function nodeService(workspace: string, command: string, args: readonly string[]) {
  const log = join(workspace, 'logs', `${command}.log`);
  return { name: command, file: process.execPath, args: [MAIN, command, ...args], log, graceMs: 10_000 };
}
