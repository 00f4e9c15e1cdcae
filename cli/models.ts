import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { KNOWN_MODELS } from '../model/checkpoints/known-models.ts';
import { pullModel } from '../model/checkpoints/pull.ts';
import { resolveModel } from '../model/checkpoints/resolve-model.ts';
import { modelsFolder } from '../scripts/paths.mjs';
import type { ModelClient, SetRef } from '../server/client.ts';
import { createModelClient } from '../server/grpc-client.ts';
import type { OptionSpec } from './command.ts';
import { UsageError } from './failure.ts';
import type { Output } from './output.ts';
import { freePort } from './supervisor/process.ts';
import { runningUp } from './supervisor/up-file.ts';
import { workspaceOf, workspaceOptions } from './workspace.ts';

/** Options of commands that use a model. */
export const modelOptions = {
  ...workspaceOptions,
  model: { type: 'string', value: 'NAME|PATH', help: 'a name from model list, a checkpoint folder or a .gguf file' },
} as const satisfies Record<string, OptionSpec>;

/**
 * Path of a model given by name or path, for the model server. A named one is fetched when it is not here yet.
 *
 * @throws UsageError when there is no such model.
 */
export async function locateModel(nameOrPath: string, report: (line: string) => void): Promise<string> {
  const isMissing = KNOWN_MODELS.has(nameOrPath) && !existsSync(join(modelsFolder(), nameOrPath));
  if (isMissing) return pullModel(nameOrPath, { report });
  return resolveModel(nameOrPath).catch((error: unknown) => {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  });
}

/**
 * Loads a model and lends it to `use`: on the model server of the workspace when one runs there, else on one of its own
 * that ends with it.
 */
export async function withModel<Result>(
  values: { readonly model?: string | undefined; readonly workspace?: string | undefined },
  output: Output,
  use: (model: ModelClient, set: SetRef) => Promise<Result>,
): Promise<Result> {
  if (values.model === undefined) throw new UsageError('--model is missing; cabochon model list shows the names');
  const source = await locateModel(values.model, (line) => output.note(line));
  return withModelServer(workspaceOf(values), async (model) => {
    const set = { name: `command/${process.pid}`, version: 0 };
    await model.load({ set, source, trainable: false, fence: 0 });
    try {
      return await use(model, set);
    } finally {
      await model.drop(set.name);
    }
  });
}

/** Lends the model server of the workspace when one runs there, else one of its own that ends with `use`. */
export async function withModelServer<Result>(
  workspace: string,
  use: (model: ModelClient) => Promise<Result>,
): Promise<Result> {
  const up = await runningUp(workspace);
  const own = up ? null : await startServer();
  const model = createModelClient({ address: own?.address ?? up!.model.address });
  try {
    if (own) await own.ready(model);
    return await use(model);
  } finally {
    model.close();
    await own?.stop();
  }
}

/** A model server for this command. It holds a channel to us, so it ends when we do, however we end. */
async function startServer() {
  const address = `127.0.0.1:${await freePort()}`;
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [main, 'serve', '--listen', address], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-10_000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    address,
    async ready(model: ModelClient) {
      for (;;) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the model server ended:\n${said}`);
        const health = await model.health({ timeoutMs: 1000 }).catch(() => null);
        if (health && health.status !== 'starting') return;
        await sleep(50);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
