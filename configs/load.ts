import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { findProblems, type Finding } from '../sdk/findings.ts';
import { ConfigError, type ConfigProblem } from './problems.ts';
import type { PairsConfig } from './schema/reward-model.ts';
import { Recipe } from './schema/recipe.ts';
import type { Suite } from './schema/suites.ts';
import { ConfigSource } from './source.ts';

export { ConfigError, type ConfigProblem } from './problems.ts';
export type { Recipe } from './schema/recipe.ts';

/** What the command line may replace. Paths are relative to the current folder. */
export interface RecipeOverrides {
  readonly name?: string;
  readonly seed?: number;
  readonly model?: string;
  /** JSONL file to train on, in place of the recipe's data; its row filters stay. */
  readonly data?: string;
  /** JSONL file to evaluate on; only with `data`, or with a recipe that trains on a file. */
  readonly evaluationData?: string;
}

export interface LoadedRecipe {
  /** With defaults filled in and every path absolute. */
  readonly recipe: Recipe;
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
  const recipe = 'data' in result ? resolvePaths(result.data, dirname(resolve(path))) : undefined;
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
  const recipe: Record<string, unknown> = { ...value };
  for (const key of ['name', 'seed', 'model'] as const) {
    const given = overrides[key];
    if (given === undefined) continue;
    recipe[key] = typeof given === 'string' && isPath(given) ? resolve(given) : given;
    source.override(key);
  }
  if (overrides.data === undefined && overrides.evaluationData === undefined) return recipe;

  const data: Record<string, unknown> = { ...(recipe.data as object | undefined) };
  if (overrides.data !== undefined) {
    for (const key of ['generator', 'evaluation']) delete data[key];
    data.train = resolve(overrides.data);
  }
  if (overrides.evaluationData !== undefined) {
    delete data.holdout;
    data.evaluation = resolve(overrides.evaluationData);
  }
  source.override('data');
  return { ...recipe, data };
}

/** A model or reward is a path when it looks like one; anything else is a name. */
function isPath(text: string): boolean {
  return /[/\\]|\.(gguf|ts|mts|js|mjs)$/.test(text);
}

function resolvePaths(recipe: Recipe, folder: string): Recipe {
  const inFolder = (text: string) => resolve(folder, text);
  const { train, evaluation } = recipe.data;
  return {
    ...recipe,
    model: isPath(recipe.model) ? inFolder(recipe.model) : recipe.model,
    data: {
      ...recipe.data,
      ...(train === undefined ? {} : { train: inFolder(train) }),
      ...(evaluation === undefined ? {} : { evaluation: inFolder(evaluation) }),
    },
    stages: recipe.stages.map((stage) => {
      if (stage.kind === 'reward-model') return { ...stage, pairs: resolvePairs(stage.pairs, inFolder) };
      return stage.kind === 'distill' && isPath(stage.teacher) ? { ...stage, teacher: inFolder(stage.teacher) } : stage;
    }),
    rewards: recipe.rewards.map((reward) => ({ ...reward, use: resolveReward(reward.use, inFolder) })),
    evaluation: {
      ...recipe.evaluation,
      suites: recipe.evaluation.suites.map((suite) => resolveSuite(suite, inFolder)),
    },
  };
}

function resolvePairs(pairs: PairsConfig, inFolder: (text: string) => string): PairsConfig {
  const { train, evaluation } = pairs;
  return { ...pairs, train: inFolder(train), ...(evaluation !== undefined && { evaluation: inFolder(evaluation) }) };
}

function resolveSuite(suite: Suite, inFolder: (text: string) => string): Suite {
  if ('data' in suite && suite.data !== undefined) return { ...suite, data: inFolder(suite.data) };
  if (suite.kind !== 'win-rate' || suite.judge === undefined) return suite;
  return { ...suite, judge: { ...suite.judge, use: resolveReward(suite.judge.use, inFolder) } };
}

/** `@scope/package` has a slash and is no path. */
function resolveReward(use: string, inFolder: (text: string) => string): string {
  const isPackage = !/^[./]|\.(ts|mts|js|mjs)$/.test(use);
  return isPackage ? use : inFolder(use);
}

function missingFiles({ data, model, evaluation, stages }: Recipe): Finding[] {
  const paths = {
    'data.train': data.train,
    'data.evaluation': data.evaluation,
    model: isPath(model) ? model : undefined,
  };
  const places: [path: PropertyKey[], file: string | undefined][] = [
    ...Object.entries(paths).map(([path, file]): [PropertyKey[], string | undefined] => [path.split('.'), file]),
    ...evaluation.suites.map((suite, index): [PropertyKey[], string | undefined] => [
      ['evaluation', 'suites', index, 'data'],
      'data' in suite ? suite.data : undefined,
    ]),
    ...stages.map((stage, index): [PropertyKey[], string | undefined] => [
      ['stages', index, 'teacher'],
      stage.kind === 'distill' && isPath(stage.teacher) ? stage.teacher : undefined,
    ]),
    ...stages.flatMap((stage, index): [PropertyKey[], string | undefined][] =>
      stage.kind === 'reward-model'
        ? (['train', 'evaluation'] as const).map((key) => [['stages', index, 'pairs', key], stage.pairs[key]])
        : [],
    ),
  ];
  return places.flatMap(([path, file]) => {
    if (file === undefined || existsSync(file)) return [];
    const hint = path.join('.') === 'data.train' ? '; --data FILE.jsonl gives another' : '';
    return [{ path, atKey: false, message: `got ${file}, expected a file or folder that exists${hint}` }];
  });
}

function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  const [x, y] = [a.position ?? { line: 0, column: 0 }, b.position ?? { line: 0, column: 0 }];
  return x.line - y.line || x.column - y.column;
}
