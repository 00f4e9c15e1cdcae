import { randomUUID } from 'node:crypto';
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

import { Server, ServerCredentials } from '@grpc/grpc-js';

import { type Address, formatAddress, isLocal, parseAddress } from './address.ts';
import { requireToken } from './authorization.ts';
import { EngineThread } from './engine-client.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { modelService } from './proto/definition.ts';
import { createModelService } from './service.ts';

export interface ModelServerOptions {
  /** `HOST:PORT` (port 0 takes a free one) or `unix:PATH`. Other hosts than this machine's need `tls` and `token`. */
  readonly listen: string;
  /** Certificate chain and private key, PEM. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** Callers must send it as `authorization: Bearer TOKEN`. */
  readonly token?: string;
  /** Module that exports `createEngine`. Default: the model core. */
  readonly engineModule?: URL;
  /** Called when the model core has ended by itself: all weights are gone, so the process should end too. */
  readonly onDeath: (error: Error) => void;
  /** Takes a line about each call that failed unexpectedly. Default: standard error. */
  readonly log?: (line: string) => void;
}

export interface ModelServer {
  /** Where it listens, with the port it got. */
  readonly address: string;
  readonly instanceId: string;
  /** Resolves when the model core is up. Never does if it does not come up: `onDeath` hears of that. */
  readonly ready: Promise<void>;
  /** Takes no new calls, gives those in hand `graceMs` to end, then breaks them off and ends the core. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts the model core in a thread and listens. Answers Health from the moment it returns; other calls wait until the
 * core is up.
 *
 * @throws RangeError if it would be reachable from other machines without TLS and a token.
 * @throws Error if the address is taken.
 */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const address = parseAddress(options.listen);
  refuseOpenDoors(address, options);
  if (address.kind === 'unix') await removeStaleSocket(address.path);

  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    interceptors: options.token === undefined ? [] : [requireToken(options.token)],
  });
  const bound = await bind(server, address, credentialsOf(options));
  const log = options.log ?? ((line) => void process.stderr.write(`model server: ${line}\n`));
  const engine = new EngineThread(options);
  const instanceId = randomUUID();
  const stopping = new AbortController();
  server.addService(modelService, createModelService({ engine, instanceId, stopping: stopping.signal, log }));

  return {
    address: formatAddress(bound),
    instanceId,
    ready: engine.ready,
    async stop(graceMs = 2000) {
      stopping.abort();
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const timer = setTimeout(() => server.forceShutdown(), graceMs);
      await drained;
      clearTimeout(timer);
      await engine.close();
      if (address.kind === 'unix') await unlink(address.path).catch(() => {});
    },
  };
}

function refuseOpenDoors(address: Address, { tls, token }: ModelServerOptions): void {
  if (token !== undefined && !/^[\x21-\x7e]{16,4096}$/.test(token)) {
    throw new RangeError('token: expected 16 to 4096 printable ASCII characters without spaces');
  }
  if (isLocal(address) || (tls && token !== undefined)) return;
  const missing = [...(tls ? [] : ['a TLS certificate and key']), ...(token === undefined ? ['a token'] : [])];
  throw new RangeError(
    `listen: ${formatAddress(address)} can be reached from other machines, which needs ${missing.join(' and ')}; ` +
      'give them, or listen on 127.0.0.1 or a unix: socket',
  );
}

function credentialsOf({ tls }: ModelServerOptions): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
}

async function bind(server: Server, address: Address, credentials: ServerCredentials): Promise<Address> {
  // A Unix socket takes its permissions from the umask: nobody else may connect, not even for a moment.
  const umask = address.kind === 'unix' ? process.umask(0o177) : undefined;
  try {
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(formatAddress(address), credentials, (error, got) => (error ? reject(error) : resolve(got)));
    });
    return address.kind === 'tcp' ? { ...address, port } : address;
  } catch (cause) {
    throw new Error(
      `listen: cannot listen on ${formatAddress(address)}: ${(cause as Error).message}; ` +
        'does another model server run there?',
      { cause },
    );
  } finally {
    if (umask !== undefined) process.umask(umask);
  }
}

/** Removes the socket a killed server left behind. One that answers is left alone, and binding will say so. */
async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (!stats?.isSocket()) return;
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (refused) await unlink(path);
}
