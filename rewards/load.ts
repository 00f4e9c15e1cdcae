import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { closest } from '../sdk/closest.ts';
import type { Finding } from '../sdk/findings.ts';
import type { RewardDescription } from './host/messages.ts';
import { POOL_DEFAULTS, RewardPool, type PoolOptions } from './host/pool.ts';
import { BUILT_IN } from './index.ts';

/** A reward that cannot be used. Nothing to retry: the message says what to change. */
export class RewardError extends Error {
  override readonly name = 'RewardError';
}

/** What a run's record says about a reward, so that its scores can be told apart from those of another version. */
export interface RewardIdentity {
  readonly name: string;
  readonly version: number;
  /**
   * In hexadecimal: of the file that declares it, of every file that this reaches by relative imports, and of the names
   * and versions of the packages that these import. Not of data files that it reads.
   */
  readonly sha256: string;
}

/** A reward of a mixture, ready to score in processes of its own. */
export interface LoadedReward {
  readonly reward: RewardDescription;
  readonly identity: RewardIdentity;
  readonly weight: number;
  /** Only measured, to be compared with what is trained on. */
  readonly isControl: boolean;
  /** As given; the reward's own schema accepts them. */
  readonly params: unknown;
  readonly pool: RewardPool;
}

/** As in a recipe's `rewards`. */
export interface RewardEntry {
  readonly use: string;
  readonly weight: number;
  readonly control?: boolean;
  readonly params: Readonly<Record<string, unknown>>;
}

export type LoadOptions = Partial<PoolOptions>;

/**
 * Finds a reward and starts a process that holds it. Asked again, it gives the same processes for as long as the reward's
 * files stay as they are, and new ones with the new code when they changed.
 *
 * @param use Built-in name, path of a `.ts` or `.js` file, or npm package; path and package as seen from `folder`.
 * @throws RewardError when there is none, it fails to import, or its default export is no reward.
 */
export async function loadReward(
  use: string,
  folder: string,
  options: LoadOptions = {},
): Promise<{ reward: RewardDescription; identity: RewardIdentity; pool: RewardPool }> {
  const file = findFile(use, folder);
  const pool = await poolOf(file, use, options);
  const { name, version } = pool.description;
  return { reward: pool.description, identity: { name, version, sha256: pool.sha256 }, pool };
}

/**
 * Loads a mixture. Problems of all entries are collected, with their paths in the recipe: `['rewards', 0, 'params', …]`.
 */
export async function loadRewards(
  entries: readonly RewardEntry[],
  folder: string,
  options: LoadOptions = {},
): Promise<{ readonly rewards: readonly LoadedReward[]; readonly findings: readonly Finding[] }> {
  const loaded = await Promise.all(entries.map((entry, index) => loadEntry(entry, index, folder, options)));
  const names = loaded.map((each) => ('loaded' in each ? each.loaded.reward.name : null));
  const again = names.flatMap((name, index) => {
    if (name === null || names.indexOf(name) === index) return [];
    const message = `got a second reward named ${name}; give one of them another name, its metrics and verdicts go by it`;
    return [{ path: ['rewards', index, 'use'], atKey: false, message }];
  });
  return {
    rewards: loaded.flatMap((each) => ('loaded' in each ? [each.loaded] : [])),
    findings: [...loaded.flatMap((each) => ('findings' in each ? each.findings : [])), ...again],
  };
}

/** Ends every process that holds a reward. They end with this process in any case. */
export async function closeRewards(): Promise<void> {
  const open = [...pools.values()];
  pools.clear();
  for (const pool of await Promise.allSettled(open)) if (pool.status === 'fulfilled') pool.value.close();
}

async function loadEntry(
  { use, weight, control = false, params }: RewardEntry,
  index: number,
  folder: string,
  options: LoadOptions,
): Promise<{ readonly loaded: LoadedReward } | { readonly findings: readonly Finding[] }> {
  const path = ['rewards', index];
  try {
    const found = await loadReward(use, folder, options);
    const findings = await found.pool.checkParams(params);
    if (findings.length === 0) return { loaded: { ...found, weight, isControl: control, params } };
    return { findings: findings.map((each) => ({ ...each, path: [...path, 'params', ...each.path] })) };
  } catch (error) {
    if (!(error instanceof RewardError)) throw error;
    return { findings: [{ path: [...path, 'use'], atKey: false, message: error.message }] };
  }
}

/** By file: one pool for each reward in this process, whoever asks. */
const pools = new Map<string, Promise<RewardPool>>();

async function poolOf(file: string, use: string, options: LoadOptions): Promise<RewardPool> {
  const limits = { ...POOL_DEFAULTS, ...options };
  const key = `${file}\n${limits.memoryMb}\n${limits.processes}`;
  const before = pools.get(key);
  const current = await before?.catch(() => null);
  if (current?.isCurrent()) return current;
  if (pools.get(key) !== before) return poolOf(file, use, options); // somebody else was faster
  const opening = RewardPool.open(file, { print: printerOf(use), ...limits });
  pools.set(key, opening);
  try {
    const pool = await opening;
    current?.close();
    return pool;
  } catch (error) {
    const reason = `reward ${use}: ${error instanceof Error ? error.message : String(error)}`;
    if (current) {
      // Somebody is in the middle of changing it, perhaps. What is running goes on with what it began with.
      pools.set(key, Promise.resolve(current));
      process.stderr.write(`${reason}; going on with the code as it was before\n`);
      return current;
    }
    pools.delete(key);
    throw new RewardError(reason);
  }
}

function printerOf(use: string): (line: string) => void {
  return (line) => void process.stderr.write(`reward ${use}: ${line}\n`);
}

function findFile(use: string, folder: string): string {
  const builtIn = BUILT_IN.get(use);
  if (builtIn !== undefined) return join(fileURLToPath(new URL('.', import.meta.url)), builtIn);
  if (isAbsolute(use) || use.startsWith('.') || /\.(ts|mts|js|mjs)$/.test(use)) {
    const file = resolve(folder, use);
    if (!existsSync(file)) throw new RewardError(`reward ${use}: got ${file}, expected a file that exists`);
    return file;
  }
  try {
    return createRequire(join(folder, 'package.json')).resolve(use);
  } catch {
    const names = [...BUILT_IN.keys()];
    const near = closest(use, names);
    const hint = near === undefined ? `there are: ${names.join(', ')}` : `did you mean ${near}?`;
    throw new RewardError(`reward ${use}: got no built-in reward and no package of that name; ${hint}`);
  }
}
