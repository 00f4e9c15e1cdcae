import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { REPOSITORY } from '../scripts/paths.mjs';
import { run } from '../scripts/setup/shell.mjs';
import type { Machine } from './machine.ts';
import type { BenchRecord } from './record.ts';

/** A record with what it was measured on, as it is kept for the report. */
export interface StoredRecord {
  readonly record: BenchRecord;
  readonly machine: Machine;
  /** Of the code that was measured; `+` where it had changes. */
  readonly commit: string;
  readonly date: string;
}

const folder = join(REPOSITORY, '.cabochon', 'bench');

export async function store(record: BenchRecord, machine: Machine): Promise<void> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: REPOSITORY })).trim();
  const changed = (await git('status', '--porcelain', '--untracked-files=no')) === '' ? '' : '+';
  const commit = `${await git('rev-parse', '--short', 'HEAD')}${changed}`;
  const date = new Date().toISOString().slice(0, 10);
  await mkdir(folder, { recursive: true });
  const stored: StoredRecord = { record, machine, commit, date };
  await writeFile(join(folder, `${record.name}.json`), `${JSON.stringify(stored, null, 2)}\n`);
}

/** What was measured last under a name; null if nothing was. */
export async function stored(name: string): Promise<StoredRecord | null> {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as StoredRecord) : null;
}
