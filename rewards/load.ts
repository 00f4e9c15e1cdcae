import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';

import { closest } from '../sdk/closest.ts';
import { findProblems, formatPath, type Finding } from '../sdk/findings.ts';
import type { Reward } from '../sdk/reward.ts';
import { BUILT_IN } from './index.ts';

/** A reward that cannot be used. Nothing to retry: the message says what to change. */
export class RewardError extends Error {
  override readonly name = 'RewardError';
}

/** What a run's record says about a reward, so that its scores can be told apart from those of another version. */
export interface RewardIdentity {
  readonly name: string;
  readonly version: number;
  /** Of the file that declares it, in hexadecimal; not of what that file imports. */
  readonly sha256: string;
}

/** A reward of a mixture, ready to score. */
export interface LoadedReward {
  readonly reward: Reward;
  readonly identity: RewardIdentity;
  readonly weight: number;
  /** Parsed by the reward's own schema. */
  readonly params: unknown;
}

/** As in a recipe's `rewards`. */
export interface RewardEntry {
  readonly use: string;
  readonly weight: number;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * Finds and checks a reward.
 *
 * @param use Built-in name, path of a `.ts` or `.js` file, or npm package; path and package as seen from `folder`.
 * @throws RewardError when there is none, it fails to import, or its default export is no reward.
 */
export async function loadReward(use: string, folder: string): Promise<{ reward: Reward; identity: RewardIdentity }> {
  const file = findFile(use, folder);
  const bytes = await readFile(file).catch((error: Error) => {
    throw new RewardError(`reward ${use}: cannot be read: ${error.message}`);
  });
  const module = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new RewardError(`reward ${use}: fails to import: ${error instanceof Error ? error.message : String(error)}`);
  })) as { default?: unknown };
  const reward = checkReward(module.default, use);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { reward, identity: { name: reward.name, version: reward.version, sha256 } };
}

/**
 * Loads a mixture. Problems of all entries are collected, with their paths in the recipe: `['rewards', 0, 'params', …]`.
 */
export async function loadRewards(
  entries: readonly RewardEntry[],
  folder: string,
): Promise<{ readonly rewards: readonly LoadedReward[]; readonly findings: readonly Finding[] }> {
  const rewards: LoadedReward[] = [];
  const findings: Finding[] = [];
  for (const [index, { use, weight, params }] of entries.entries()) {
    const path = ['rewards', index];
    try {
      const { reward, identity } = await loadReward(use, folder);
      const parsed = findProblems(reward.params, params);
      if ('data' in parsed) rewards.push({ reward, identity, weight, params: parsed.data });
      else findings.push(...parsed.findings.map((each) => ({ ...each, path: [...path, 'params', ...each.path] })));
    } catch (error) {
      if (!(error instanceof RewardError)) throw error;
      findings.push({ path: [...path, 'use'], atKey: false, message: error.message });
    }
  }
  return { rewards, findings };
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

const Schema = z.custom<z.ZodType>((value) => value instanceof Object && 'safeParse' in value, {
  error: 'expected a zod schema',
});

const Declaration = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'expected small letters, digits and dashes' }),
  version: z.int().positive(),
  params: Schema,
  columns: Schema,
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, { error: 'expected the lower bound first' }),
  timeoutMs: z.number().positive(),
  score: z.custom((value) => typeof value === 'function', { error: 'expected a function' }),
});

function checkReward(value: unknown, use: string): Reward {
  const result = findProblems(Declaration, value);
  if ('data' in result) return value as Reward;
  const problems = result.findings.map(({ path, message }) => `${formatPath(['default export', ...path])}: ${message}`);
  throw new RewardError(`reward ${use}: ${problems.join('; ')}; export default defineReward({ … })`);
}
