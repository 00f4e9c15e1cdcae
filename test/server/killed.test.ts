import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { afterEach, expect, onTestFinished, test } from 'vitest';

import { ModelServerUnavailableError, VersionLostError } from '../../server/errors.ts';
import { createModelClient } from '../../server/grpc-client.ts';
import { startModelServer } from '../../server/start.ts';
import { collect, PATIENT, startWireServer, WIRE_ENGINE } from '../support/wire-server.ts';

type Child = ChildProcessByStdio<null, Readable, null>;
const children: Child[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a process and waits for its first line. */
async function start(...args: string[]): Promise<{ child: Child; line: string }> {
  const script = fileURLToPath(new URL('../support/wire-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, line: chunk.toString().trim() };
}

async function kill(child: Child): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const set = { name: 'run/policy', version: 0 };
const load = { set, source: '/models/tiny', trainable: true, fence: 0 };
const slowGenerate = {
  set,
  prompts: Array.from({ length: 2000 }, (_, index) => ({ id: `${index}`, promptIds: [2] })),
  numGenerations: 1,
  sampling: { maxTokens: 2, temperature: 1, topK: 0, topP: 1 },
  seed: -1,
  precision: 'float32',
} as const;

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cabochon-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'model.sock');
}

test.each(['tcp', 'unix'])(
  'a server killed during calls (%s): they fail at once, and its successor is found',
  async (kind) => {
    const first = await start('serve', kind === 'tcp' ? '127.0.0.1:0' : `unix:${socketPath()}`);
    const client = createModelClient({ address: first.line });
    onTestFinished(() => client.close());
    await client.load(load);
    const { instanceId } = await client.health();
    const stream = collect(client.generate(slowGenerate)).catch((error: unknown) => error);
    const queued = client.info().catch((error: unknown) => error);
    await expect.poll(async () => (await client.health()).queued, PATIENT).toBe(1);

    await kill(first.child);
    expect(await stream).toBeInstanceOf(ModelServerUnavailableError);
    expect(await queued).toBeInstanceOf(ModelServerUnavailableError);

    const second = await start('serve', first.line); // over the socket file the first left behind
    expect(second.line).toBe(first.line);
    await expect
      .poll(async () => (await client.health().catch(() => null))?.instanceId ?? instanceId, PATIENT)
      .not.toBe(instanceId);
    await expect(client.score({ set, sequences: [], temperature: 1, precision: 'float32' })).rejects.toBeInstanceOf(
      VersionLostError,
    );
  },
);

test('work for a caller that was killed is stopped', async () => {
  const wire = await startWireServer();
  const caller = await start('generate', wire.server.address);
  expect(caller.line).toBe('sampling');
  expect((await wire.client.health()).status).toBe('busy');
  await kill(caller.child);
  await expect.poll(async () => (await wire.client.health()).status, PATIENT).toBe('idle');
});

test('a socket is for its owner only, is not taken from a living server, and goes with its server', async () => {
  const path = socketPath();
  const options = { listen: `unix:${path}`, engineModule: WIRE_ENGINE, onDeath: () => {} };
  const server = await startModelServer(options);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await expect(startModelServer(options)).rejects.toThrow(
    /cannot listen on unix:.*; does another model server run there\?/,
  );
  const client = createModelClient({ address: server.address });
  expect((await client.info()).device).toBe('arithmetic');
  client.close();
  await server.stop(0);
  expect(existsSync(path)).toBe(false);
});
