import * as z from 'zod';

import { findProblems, formatPath } from '../../sdk/findings.ts';
import { countProblem, normalizeOutcomes } from '../../sdk/outcomes.ts';
import type { LoggedColumns, Reward, RewardContext, Sample } from '../../sdk/reward.ts';
import type { Handlers } from './channel.ts';
import type { ColumnProblem, HostCalls, JudgedSample, ModelScoreRequest, RewardDescription } from './messages.ts';
import { trackedUrl, trackModules, untracked } from './modules.ts';
import { MATH, sandboxTools } from './tools.ts';

type ScoreTexts = (request: ModelScoreRequest, signal: AbortSignal) => Promise<readonly number[]>;

/** What a host does for the process that started it. `open` comes first. */
export function hostedReward(scoreTexts: ScoreTexts): Handlers<HostCalls> {
  let reward: Reward | null = null;
  const opened = (): Reward => {
    if (reward) return reward;
    throw new Error('the host has no reward yet');
  };
  return {
    async open({ file, sources }) {
      const { sources: read, packages } = trackModules(file, sources);
      const module = (await import(trackedUrl(file)).catch((error: unknown) => {
        throw new Error(`fails to import: ${placeOf(error)}${error instanceof Error ? error.message : String(error)}`);
      })) as { default?: unknown };
      reward = checkReward(module.default);
      return { description: describe(reward), sources: read, packages: [...packages].sort() };
    },

    params({ params }) {
      const result = findProblems(opened().params, params);
      return 'findings' in result ? result.findings : [];
    },

    columns: ({ rows }) => columnProblems(opened(), rows),

    async score({ params, samples }, signal) {
      const { columns } = opened();
      const judged = new Array<JudgedSample>(samples.length);
      const usable: { readonly sample: Sample; readonly index: number }[] = [];
      for (const [index, sample] of samples.entries()) {
        const row = columns.safeParse(sample.row);
        if (row.success) usable.push({ sample: { ...sample, row: row.data as Sample['row'] }, index });
        else judged[index] = { outcome: { outcome: 'abstained', reason: whyNot(opened(), sample.row) } };
      }
      const given = usable.map(({ sample }) => sample);
      const { context, logged } = contextFor(given, signal, scoreTexts);
      let raw: unknown;
      try {
        raw = given.length === 0 ? [] : await opened().score(given, opened().params.parse(params), context);
      } catch (error) {
        return { fault: error instanceof Error ? error.message : String(error) };
      }
      const wrongCount = countProblem(raw, given.length);
      if (wrongCount !== null) return { fault: `reward ${opened().name}: ${wrongCount}` };
      const outcomes = normalizeOutcomes(opened(), raw, given.length);
      usable.forEach(({ sample, index }, i) => {
        const extra = logged.get(sample);
        judged[index] = { outcome: outcomes[i]!, ...(extra && { columns: extra }) };
      });
      return { judged };
    },
  };
}

/** `FILE:LINE: `, where the error is one of syntax and says so. */
function placeOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return '';
  const place = /^(?:file:\/\/)?(\/.+:\d+)$/m.exec(error.stack?.split('\n')[0] ?? '')?.[1];
  return place === undefined ? '' : `${untracked(place)}: `;
}

function contextFor(samples: readonly Sample[], signal: AbortSignal, scoreTexts: ScoreTexts) {
  const known = new Set<unknown>(samples);
  const logged = new Map<unknown, LoggedColumns>();
  const context: RewardContext = {
    signal,
    math: MATH,
    log: (sample, columns) => {
      if (!known.has(sample)) throw new Error('log: got a sample that is not one of those given to score');
      logged.set(sample, { ...logged.get(sample), ...structuredClone(columns) });
    },
    sandbox: sandboxTools(signal),
    model: { score: (items, { model }) => scoreTexts({ items, model }, signal) },
  };
  return { context, logged };
}

function whyNot(reward: Reward, row: unknown): string {
  const result = findProblems(reward.columns, row);
  const [first] = 'findings' in result ? result.findings : [];
  return `the row lacks a column that the reward reads: ${formatPath(first?.path ?? [])}: ${first?.message ?? ''}`;
}

function columnProblems(reward: Reward, rows: readonly unknown[]): ColumnProblem[] {
  const problems = new Map<string, { message: string; rows: number; first: number }>();
  for (const [index, row] of rows.entries()) {
    const result = findProblems(reward.columns, row);
    for (const { path, message } of 'findings' in result ? result.findings : []) {
      const column = formatPath(path);
      const known = problems.get(column);
      if (known) known.rows++;
      else problems.set(column, { message, rows: 1, first: index });
    }
  }
  return [...problems].map(([column, problem]) => ({ column, ...problem }));
}

function describe({ name, version, range, timeoutMs, scope = 'sample', columns, fixtures = [] }: Reward) {
  // Not instanceof: a plugin may bring its own copy of zod.
  const names = 'shape' in columns ? Object.keys(columns.shape as object) : null;
  return { name, version, range, timeoutMs, scope, columns: names, fixtures } satisfies RewardDescription;
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
  scope: z.enum(['sample', 'group']).optional(),
  fixtures: z.array(z.looseObject({ completion: z.string() })).optional(),
  score: z.custom((value) => typeof value === 'function', { error: 'expected a function' }),
});

function checkReward(value: unknown): Reward {
  const result = findProblems(Declaration, value);
  if ('data' in result) return value as Reward;
  const problems = result.findings.map(({ path, message }) => `${formatPath(['default export', ...path])}: ${message}`);
  throw new Error(`${problems.join('; ')}; export default defineReward({ … })`);
}
