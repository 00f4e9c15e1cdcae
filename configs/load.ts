import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { findProblems, type Finding } from '../sdk/findings.ts';
import { ConfigError, type ConfigProblem } from './problems.ts';
import { filesOf } from './recipe-files.ts';
import { Recipe, type UnresolvedRecipe } from './schema/recipe.ts';
import { put, readSetting } from './settings.ts';
import { ConfigSource } from './source.ts';

export { ConfigError, type ConfigProblem } from './problems.ts';
export type { Recipe, UnresolvedRecipe } from './schema/recipe.ts';

/** What the command line may replace. Paths are relative to the current folder. */
export interface RecipeOverrides {
  readonly name?: string;
  readonly seed?: number;
  readonly model?: string;
  /** JSONL file to train on, in place of the recipe's data; its row filters stay. */
  readonly data?: string;
  /** JSONL file to evaluate on; only with `data`, or with a recipe that trains on a file. */
  readonly evaluationData?: string;
  /** Any part of the recipe, each as `KEY=VALUE` ({@link readSetting}). */
  readonly set?: readonly string[];
}

export interface LoadedRecipe {
  /** With defaults filled in and every path absolute. */
  readonly recipe: UnresolvedRecipe;
  /** To place further problems (of a reward's options, say) in the file: `new ConfigError([source.problem(…)])`. */
  readonly source: ConfigSource;
}

/**
 * Reads a recipe and checks it whole.
 *
 * @throws ConfigError with every problem at once, each as `file:line:column: path: got X, expected Y`.
 */
export async function loadRecipe(path: string, overrides: RecipeOverrides = {}): Promise<LoadedRecipe> {
  const source = new ConfigSource(path, await readText(path));
  const { problems, fatal } = source.syntax();
  if (fatal) throw new ConfigError(problems);

  const result = findProblems(Recipe, applyOverrides(source.value(), overrides, source));
  const schemaFindings = 'findings' in result ? result.findings : [];
  const recipe = 'data' in result ? resolvePaths(result.data, source) : undefined;
  const findings = recipe ? missingFiles(recipe) : schemaFindings;
  const all = [...problems, ...findings.map((finding) => source.problem(finding))].sort(byPosition);
  if (all.length > 0 || !recipe) throw new ConfigError(all);
  return { recipe, source };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const message = reason === 'ENOENT' ? 'no such file' : `cannot be read (${reason})`;
    throw new ConfigError([{ file: path, position: { line: 1, column: 1 }, path: '', message }]);
  }
}

function applyOverrides(value: unknown, overrides: RecipeOverrides, source: ConfigSource): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const recipe = structuredClone(value);
  const replace = (path: readonly PropertyKey[], given: unknown) => {
    put(recipe, path, given);
    source.override(path);
  };
  const { data, evaluationData, set = [] } = overrides;
  for (const key of ['name', 'seed', 'model'] as const) {
    if (overrides[key] !== undefined) replace([key], overrides[key]);
  }
  if (data !== undefined) {
    for (const key of ['generator', 'evaluation']) replace(['data', key], undefined);
    replace(['data', 'train'], data);
  }
  if (evaluationData !== undefined) {
    replace(['data', 'holdout'], undefined);
    replace(['data', 'evaluation'], evaluationData);
  }
  for (const text of set) {
    const { path, value: given } = readSetting(text, recipe, source.file);
    replace(path, given);
  }
  return recipe;
}

/** Files that the recipe names are relative to it, those of the command line to the current folder. */
function resolvePaths(recipe: UnresolvedRecipe, source: ConfigSource): UnresolvedRecipe {
  const resolved = structuredClone(recipe);
  const folder = dirname(resolve(source.file));
  for (const { path, file } of filesOf(recipe)) {
    put(resolved, path, resolve(source.isOverridden(path) ? '.' : folder, file));
  }
  return resolved;
}

function missingFiles(recipe: UnresolvedRecipe): Finding[] {
  return filesOf(recipe).flatMap(({ path, file, isModule }) => {
    if (isModule || existsSync(file)) return [];
    const option = path.join('.') === 'data.train' ? '--data FILE.jsonl' : `--set ${path.join('.')}=PATH`;
    const message = `got ${file}, expected a file or folder that exists; ${option} gives another`;
    return [{ path, atKey: false, message }];
  });
}

function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  const [x, y] = [a.position ?? { line: 0, column: 0 }, b.position ?? { line: 0, column: 0 }];
  return x.line - y.line || x.column - y.column;
}
