import { readFile } from 'node:fs/promises';

import { startModelServer } from '../server/start.ts';
import { command } from './command.ts';
import { UsageError } from './failure.ts';

const DEFAULT_LISTEN = '127.0.0.1:50061';

/** Milliseconds that calls in hand get when the server is asked to end. Its weights go in any case. */
const GRACE_MS = 2000;

export const run = command(
  {
    name: 'serve',
    about: `
Holds models on this machine's device and answers gRPC; prints its address when it is ready. Ends on Ctrl-C, and with the
process that started it when that holds a channel to it ('cabochon up' does). All weights go with it: runs load their last
checkpoint again.

Without authorization on this machine. Other machines can reach it only over TLS and with a token.`,
    options: {
      listen: {
        ...{ type: 'string', value: 'HOST:PORT|unix:PATH' },
        help: `where to listen (${DEFAULT_LISTEN}); port 0 takes a free one`,
      },
      'tls-cert': { type: 'string', value: 'FILE', help: 'certificate chain, PEM' },
      'tls-key': { type: 'string', value: 'FILE', help: 'its private key, PEM' },
      'token-file': { type: 'string', value: 'FILE', help: 'file with the token that callers must send' },
    },
  },
  async ({ values, output }) => {
    const asked = new Promise<'asked'>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve('asked'));
      process.once('disconnect', () => resolve('asked')); // whoever started us is gone
    });
    let onDeath = (_: Error) => {};
    const died = new Promise<never>((_, reject) => (onDeath = reject)).catch((cause: Error) => {
      throw new Error('the model core ended, and all weights with it', { cause });
    });
    // At its most talkative TensorFlow describes the machine at each start.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
    const listen = values.listen ?? DEFAULT_LISTEN;
    const server = await startModelServer({ listen, ...(await securityOf(values)), onDeath }).catch(asUsageError);
    try {
      if ((await Promise.race([server.ready, asked, died])) === 'asked') return;
      output.say(`model server listens on ${server.address}`);
      output.emit({ address: server.address, instanceId: server.instanceId, pid: process.pid });
      await Promise.race([asked, died]);
    } finally {
      // A device call cannot be broken off, and the end of the process would wait for it. It has nothing left to save.
      const impatience = setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2 * GRACE_MS);
      await server.stop(GRACE_MS);
      clearTimeout(impatience);
      if (process.connected) process.disconnect();
    }
  },
);

interface SecurityOptions {
  readonly 'tls-cert'?: string;
  readonly 'tls-key'?: string;
  readonly 'token-file'?: string;
}

async function securityOf({ 'tls-cert': cert, 'tls-key': key, 'token-file': tokenFile }: SecurityOptions) {
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert and --tls-key belong together; one of them is missing');
  }
  const tls = cert === undefined || key === undefined ? null : { cert: await read(cert), key: await read(key) };
  const token = tokenFile === undefined ? null : (await read(tokenFile)).toString().trim();
  return { ...(tls && { tls }), ...(token !== null && { token }) };
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new UsageError(`cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

function asUsageError(error: unknown): never {
  throw error instanceof RangeError ? new UsageError(error.message, { cause: error }) : error;
}
