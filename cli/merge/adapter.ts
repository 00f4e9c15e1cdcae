import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sha256 } from '../../activities/artifacts.ts';
import { isAdapter } from '../../model/checkpoints/adapter-folder.ts';
import { openCheckpoint } from '../../model/checkpoints/open-checkpoint.ts';
import type { ModelClient, SaveResult } from '../../server/client.ts';
import { UsageError } from '../failure.ts';

/** Writes the whole model that an adapter makes of its base. */
export async function mergeAdapter(
  model: ModelClient,
  { base, adapter, folder }: { readonly base: string; readonly adapter: string; readonly folder: string },
): Promise<SaveResult> {
  const named = (part: string) => ({ name: `merge/${process.pid}/${part}`, version: 0 });
  const [under, over] = [named('base'), named('adapter')];
  const load = { trainable: false, fence: 0 };
  try {
    await model.load({ ...load, set: under, source: base });
    await model.load({ ...load, set: over, source: adapter, adapter: { base: under } });
    return await model.save({ set: over, folder, withOptimizer: false, merged: true });
  } finally {
    for (const { name } of [over, under]) await model.drop(name).catch(() => {}); // the server may be what failed
  }
}

/** What the merged model is made of. */
export async function adapterParents(base: string, adapter: string) {
  const weights = await readFile(join(adapter, 'adapter_model.safetensors'));
  return [
    { path: base, sha256: await (await openCheckpoint(base)).digest(), role: 'base' },
    { path: adapter, sha256: sha256(weights), role: 'adapter' },
  ];
}

/** @throws UsageError unless there is one folder of an adapter. */
export function requireAdapter(paths: readonly string[]): string {
  const [path] = paths;
  if (paths.length !== 1) throw new UsageError(`lora takes one adapter and --base, got ${paths.length} models`);
  if (isAdapter(path!)) return path!;
  throw new UsageError(`${path}: no adapter_config.json in it, expected the folder of an adapter, as peft writes it`);
}
