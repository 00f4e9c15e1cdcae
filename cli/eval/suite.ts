import { resolve } from 'node:path';

import { runSuite } from '../../activities/evaluation/run-suite.ts';
import { suiteRowsOf } from '../../activities/evaluation/suite-rows.ts';
import { loadJudges } from '../../activities/recipe-rewards.ts';
import { loadRecipe, type UnresolvedRecipe } from '../../configs/load.ts';
import { Recipe } from '../../configs/schema/recipe.ts';
import { Suite } from '../../configs/schema/suites.ts';
import { closest } from '../../sdk/closest.ts';
import { findProblems, formatPath } from '../../sdk/findings.ts';
import type { ModelClient, SetRef } from '../../server/client.ts';
import { UsageError } from '../failure.ts';
import { parseNumber } from '../json-input.ts';
import { locateModel, withModel } from '../models.ts';
import type { Output } from '../output.ts';
import { recipeOn, rowsFor, valueLines, watchedBy, writeLines, type EvalValues } from './shared.ts';

export const SUITE_KINDS: readonly string[] = Suite.options.map(({ shape }) => shape.kind.value);

/** What suites that need no recipe are read by: rows have a prompt and, where one is scored, a completion. */
const BARE = {
  ...{ name: 'eval', model: 'given', rewards: [{ use: 'ifeval' }], evaluation: { maxTokens: 512 } },
  data: { generator: { kind: 'one-operation', trainProblems: 1, evaluationProblems: 1 } },
  stages: [{ kind: 'jbond', steps: 1, maxTokens: 1 }], // a recipe has one; this one is never run
};

/** Measures a model by a suite of the recipe, or by one of a kind with the options of the command line. */
export async function runNamedSuite(name: string, values: EvalValues, output: Output): Promise<void> {
  const asked = await recipeFor(values);
  const suite = suiteFor(name, asked, values);
  const hasOwnFile = suite.kind === 'ifeval' || (suite.kind === 'perplexity' && suite.data !== undefined);
  if (!hasOwnFile && values.config === undefined) throw new UsageError(`--config is missing: ${name} needs a recipe`);
  if (suite.kind === 'win-rate' && values.against === undefined) {
    throw new UsageError('--against is missing: the model to compare with, by name or path');
  }
  await refuseMisfits(suite, asked, values);
  const ownRows = await suiteRowsOf(suite);
  const { rows, examples } = hasOwnFile ? { rows: [], examples: [] } : await rowsFor(asked, values);
  await withModel(values, output, async (model, policy) => {
    const recipe = await recipeOn(model, asked, values);
    const against = suite.kind === 'win-rate' ? await locateModel(suite.against, (line) => output.note(line)) : null;
    await withOpponent(model, against, async (opponent) => {
      const start = performance.now();
      const context = { model, recipe, policy, opponent, rows, ownRows, examples, stream: `eval/${suite.name}` };
      const found = await runSuite(suite, { ...context, record: null }, watchedBy(output));
      const { values: estimates, unjudged, lines, tokens } = found;
      const tokensPerSecond = (1000 * tokens) / (performance.now() - start);
      for (const line of valueLines(estimates)) output.say(line);
      output.note(`${tokensPerSecond.toFixed(1)} tokens/s`);
      if (unjudged > 0) output.note(`${unjudged} could not be judged`);
      output.emit({ suite: suite.name, kind: suite.kind, values: estimates, unjudged, tokensPerSecond });
      await writeLines(values.output, lines);
    });
  });
}

async function recipeFor({ config, data, raw, set }: EvalValues): Promise<UnresolvedRecipe> {
  if (config !== undefined) {
    if (raw) throw new UsageError('--raw has no effect beside --config, which says so with task.chat; leave out one');
    const overrides = { ...(data?.endsWith('.jsonl') && { data }), ...(set && { set }) };
    return (await loadRecipe(config, overrides)).recipe;
  }
  if (set !== undefined) throw new UsageError('--set has no effect without --config');
  return Recipe.parse({ ...BARE, task: { prompt: '{prompt}', completion: '{completion}', chat: raw !== true } });
}

/** The suite that a name stands for, with what the command line says instead. @throws UsageError when that does not fit. */
function suiteFor(name: string, recipe: UnresolvedRecipe, values: EvalValues): Suite {
  const named = recipe.evaluation.suites.find((each) => each.name === name);
  const kind = named?.kind ?? name;
  if (!SUITE_KINDS.includes(kind)) {
    const known = [...recipe.evaluation.suites.map((each) => each.name), ...SUITE_KINDS];
    const near = closest(name, known);
    const hint = near === undefined ? `there are: ${known.join(', ')}` : `do you mean ${near}?`;
    throw new UsageError(`--suite: got ${name}, which is no suite of the recipe and no kind; ${hint}`);
  }
  const { options, flagOf } = suiteOptions(kind, values);
  const result = findProblems(Suite, { ...(named ?? { kind }), ...options });
  if ('data' in result) return result.data;
  const problems = result.findings.map(
    ({ path, message }) => `${flagOf[String(path[0])] ?? formatPath(path)}: ${message}`,
  );
  throw new UsageError(problems.join('\n'));
}

/** @throws UsageError when what judges is not there, or its options do not fit. */
async function refuseMisfits(suite: Suite, recipe: UnresolvedRecipe, { judge }: EvalValues): Promise<void> {
  const { findings } = await loadJudges([suite], recipe);
  if (findings.length === 0) return;
  const place = judge === undefined ? `suite ${suite.name}: judge` : '--judge';
  const lines = findings.map(({ path, message }) => `${place}: ${formatPath(path.slice(4))}: ${message}`);
  throw new UsageError(lines.join('\n'));
}

/** Options of a suite from the command line, and the flag of each. */
function suiteOptions(kind: string, values: EvalValues) {
  const number = (flag: 'problems' | 'samples' | 'temperature' | 'max-tokens' | 'window') =>
    values[flag] === undefined ? undefined : parseNumber(flag, values[flag], { fallback: 0, min: 0 });
  const rows = { perplexity: 'texts', ifeval: 'prompts' }[kind] ?? 'problems';
  const hasOwnFile = kind === 'perplexity' || kind === 'ifeval';
  const all: [key: string, flag: string, value: unknown][] = [
    [rows, '--problems', number('problems')],
    ['data', '--data', hasOwnFile && values.data !== undefined ? resolve(values.data) : undefined],
    ['windowCharacters', '--window', number('window')],
    ['against', '--against', values.against],
    ['judge', '--judge', judgeFrom(values)],
    ['samples', '--samples', number('samples')],
    ['k', '--k', values.k?.split(',').map((each) => parseNumber('k', each, { fallback: 0, min: 1, isWhole: true }))],
    ['temperature', '--temperature', number('temperature')],
    ['maxTokens', '--max-tokens', number('max-tokens')],
  ];
  const given = all.filter(([, , value]) => value !== undefined);
  return {
    options: Object.fromEntries(given.map(([key, , value]) => [key, value])),
    flagOf: Object.fromEntries(all.map(([key, flag]) => [key, flag])) as Readonly<Record<string, string>>,
  };
}

function judgeFrom({ judge, 'judge-params': params }: EvalValues): object | undefined {
  if (judge === undefined && params === undefined) return undefined;
  if (judge === undefined) throw new UsageError('--judge-params has no effect without --judge');
  try {
    const use = /^[./]|\.(ts|mts|js|mjs)$/.test(judge) ? resolve(judge) : judge;
    return { use, ...(params !== undefined && { params: JSON.parse(params) as unknown }) };
  } catch (error) {
    throw new UsageError(`--judge-params: got no JSON: ${(error as Error).message}`);
  }
}

/** Loads a second model for as long as it is used. */
async function withOpponent<Result>(
  model: ModelClient,
  source: string | null,
  use: (opponent: SetRef | null) => Promise<Result>,
): Promise<Result> {
  if (source === null) return use(null);
  const set = { name: `command/${process.pid}/opponent`, version: 0 };
  await model.load({ set, source, trainable: false, fence: 0 });
  try {
    return await use(set);
  } finally {
    await model.drop(set.name);
  }
}
