import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isAlive } from './process.ts';

/** What `up` runs in a workspace, written there as `up.json`. Ports stay the same from one `up` to the next. */
export interface UpFile {
  /** Of `up` itself; null when it ended in order. */
  readonly pid: number | null;
  /** Everything answers. False while something starts. */
  readonly ready: boolean;
  readonly temporal: {
    readonly address: string;
    /** Where the Temporal UI can be opened; null for a server that is not ours. */
    readonly ui: string | null;
    /** Null when it is not ours, or not running at the moment. */
    readonly pid: number | null;
  };
  readonly model: { readonly address: string; readonly pid: number | null };
  readonly worker: { readonly pid: number | null };
}

/** Null when `up` never ran in this workspace. */
export async function readUpFile(workspace: string): Promise<UpFile | null> {
  try {
    return JSON.parse(await readFile(join(workspace, 'up.json'), 'utf8')) as UpFile;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

export async function writeUpFile(workspace: string, content: UpFile): Promise<void> {
  const location = join(workspace, 'up.json');
  await writeFile(`${location}.tmp`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${location}.tmp`, location);
}

/** What runs in the workspace now; null when nobody watches over it. */
export async function runningUp(workspace: string): Promise<(UpFile & { readonly pid: number }) | null> {
  const up = await readUpFile(workspace);
  if (!up?.pid || !(await isAlive(up.pid))) return null;
  return { ...up, pid: up.pid };
}
