import { createHash } from 'node:crypto';
import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';

import { lock } from 'proper-lockfile';

/** Names a file in the workspace and fixes its content. What travels through Temporal in place of the content. */
export interface ArtifactRef {
  /** Relative to the workspace, with forward slashes. */
  readonly path: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Where a run's files live. Paths are relative to the workspace; a reader sees a file complete or not at all.
 *
 * Today there is one implementation, files on a disk that workers, model server and CLI share.
 */
export interface Store {
  /** Replaces what was there. */
  write(path: string, content: string | Uint8Array): Promise<ArtifactRef>;
  /** @throws Error when there is no such file. */
  read(path: string): Promise<string>;
  /** The content `ref` names. @throws Error when the file changed since `ref` was made. */
  readExactly(ref: ArtifactRef): Promise<string>;
  /** Null when there is no such file. */
  readIfThere(path: string): Promise<string | null>;
  /** The two of the above for files that are no text. */
  readBytesExactly(ref: ArtifactRef): Promise<Uint8Array>;
  readBytesIfThere(path: string): Promise<Uint8Array | null>;
  /**
   * Reads a file (null when absent), and replaces it by what `change` makes of it; null leaves it as it is. Changes of
   * one file are made one after the other, whichever worker makes them.
   */
  update(path: string, change: (content: string | null) => string | null): Promise<void>;
  /** Adds a line at the end. Not for what must be whole: a power cut may leave a part of the last line. */
  append(path: string, line: string): Promise<void>;
  /** Removes a file or a folder with all it holds; fine when it is absent. */
  remove(path: string): Promise<void>;
  /** The place on disk, for the model server, which reads and writes checkpoint folders itself. Absolute paths stay. */
  locate(path: string): string;
  /** The opposite of `locate`: relative to the workspace where the file lies in it, else absolute. */
  name(location: string): string;
}

/** A store in the folder `workspace`. */
export function localStore(workspace: string): Store {
  const root = resolve(workspace);
  const locate = (path: string) => resolve(root, path);
  const lastChange = new Map<string, Promise<void>>();
  const changeAlone = async (path: string, change: (content: string | null) => string | null) => {
    const release = await lockOf(locate(path));
    try {
      const changed = change(await readIfThere(path));
      if (changed !== null) await writeWhole(locate(path), changed);
    } finally {
      await release();
    }
  };

  const readBytesIfThere = (path: string) =>
    readFile(locate(path)).catch((error: unknown) => {
      if (isAbsent(error)) return null;
      throw error;
    });
  const readIfThere = async (path: string) => (await readBytesIfThere(path))?.toString('utf8') ?? null;
  const readBytesExactly = async (ref: ArtifactRef) => {
    const content = await readFile(locate(ref.path));
    if (sha256(content) === ref.sha256) return content;
    throw new Error(`${ref.path}: sha256 is ${sha256(content)}, expected ${ref.sha256}; it was changed by hand`);
  };

  const store: Store = {
    locate,
    name: (location) => {
      const inside = relative(root, location);
      return inside.startsWith('..') || isAbsolute(inside) ? location : inside;
    },
    write: async (path, content) => {
      await writeWhole(locate(path), content);
      return { path, sha256: sha256(content), bytes: Buffer.byteLength(content) };
    },
    read: (path) => readFile(locate(path), 'utf8'),
    readExactly: async (ref) => (await readBytesExactly(ref)).toString('utf8'),
    readIfThere,
    readBytesExactly,
    readBytesIfThere,
    update: (path, change) => {
      const apply = () => changeAlone(path, change);
      const done = (lastChange.get(path) ?? Promise.resolve()).then(apply, apply);
      lastChange.set(path, done);
      return done;
    },
    append: async (path, line) => {
      await mkdir(dirname(locate(path)), { recursive: true });
      await appendFile(locate(path), `${line}\n`);
    },
    remove: (path) => rm(locate(path), { recursive: true, force: true }),
  };
  return store;
}

/** Whether a file or folder is there. */
export async function isThere(location: string): Promise<boolean> {
  return stat(location).then(
    () => true,
    () => false,
  );
}

/** Of the bytes, a text's in UTF-8, in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A lock that is not renewed for so long belonged to a process that was killed. */
const LOCK_STALE_MS = 10_000;

/** Waits until no other process changes the file. Beside it, since it may not exist yet. */
async function lockOf(location: string): Promise<() => Promise<void>> {
  await mkdir(dirname(location), { recursive: true });
  const retries = { forever: true, minTimeout: 5, maxTimeout: 200 };
  return lock(location, { realpath: false, stale: LOCK_STALE_MS, retries });
}

let written = 0;

/** Under another name, to the disk, then renamed: a crash leaves the old file or the new one, never a part of it. */
async function writeWhole(location: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${location}.${process.pid}-${written++}.tmp`;
  await mkdir(dirname(location), { recursive: true });
  await removeLeftovers(location);
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, location);
}

/** Removes what processes that were killed while they wrote this file have left beside it. */
async function removeLeftovers(location: string): Promise<void> {
  const start = `${basename(location)}.`;
  for (const sibling of await readdir(dirname(location))) {
    const pid = sibling.startsWith(start) && /^(\d+)-\d+\.tmp$/.exec(sibling.slice(start.length))?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(dirname(location), sibling), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // there is one, of another user
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
