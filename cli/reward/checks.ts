import { isDeepStrictEqual } from 'node:util';

import { POOL_DEFAULTS, RewardPool } from '../../rewards/host/pool.ts';
import { declaredColumns } from '../../rewards/score.ts';
import { isFault, scoreOf } from '../../sdk/outcomes.ts';
import type { Fixture, Outcome } from '../../sdk/reward.ts';
import { clip } from './diff.ts';
import { judgeInput, outcomeText, type InputLine, type Loaded } from './input.ts';

export interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

type Params = Readonly<Record<string, unknown>>;

/** What no completion may do to a reward. */
const ODD_COMPLETIONS: Readonly<Record<string, string>> = {
  empty: '',
  blank: ' \n\t ',
  'a lone surrogate': 'x\ud800y',
  '100,000 letters': 'a'.repeat(100_000),
  '50,000 brackets': '('.repeat(50_000),
  '20,000 lines': '- one\n'.repeat(20_000),
  'markup and escapes': '<a href="\\x">`${{}}`</a>\u0000\u202e\\boxed{',
};

const SPEED_SAMPLES = 256;

/** Checks of a reward, one after the other. The samples are its fixtures and `more`. */
export async function* checkReward(loaded: Loaded, more: readonly InputLine[], params: Params): AsyncGenerator<Check> {
  const { fixtures } = loaded.reward;
  const lines = [...fixtures.map((fixture, i) => lineOf(fixture, i, params)), ...more];
  if (lines.length === 0) {
    const detail = 'none; give the reward `fixtures`, or samples with --input';
    return yield { check: 'fixtures', ok: false, detail };
  }
  const strict = await checkStrictness(loaded, lines, params);
  yield strict;
  if (!strict.ok) return;
  const judge = async (of: readonly InputLine[], by = loaded) =>
    (await judgeInput(by, of, params)).map(({ outcome }) => outcome);
  const outcomes = await judge(lines);
  yield checkExpected(fixtures, outcomes);
  yield checkRange(loaded, lines, outcomes);
  yield await checkPurity(loaded, lines, outcomes, judge);
  yield await checkDeterminism(loaded, lines, outcomes, judge);
  yield await checkOddCompletions(lines, judge);
  yield await checkSpeed(loaded, lines, judge);
}

function lineOf(fixture: Fixture, index: number, params: Params): InputLine {
  const { completion, prompt = '', finishReason = 'stop', row, group } = fixture;
  return {
    ...{ where: `fixture ${index + 1}`, completion, prompt, finishReason, row: (row ?? {}) as InputLine['row'] },
    ...{ group: group ?? `fixture ${index}`, params: fixture.params ?? params },
  };
}

async function checkStrictness({ reward, pool }: Loaded, lines: readonly InputLine[], params: Params): Promise<Check> {
  const problems: string[] = [];
  for (const each of lines.map((line) => ({ ...params, ...line.params }))) {
    const findings = await pool.checkParams(each);
    for (const { path, message } of findings)
      problems.push(`params ${JSON.stringify(each)}: ${path.join('.')}: ${message}`);
  }
  if ((await pool.checkParams({ ...params, ...lines[0]!.params, noSuchOption: 1 })).length === 0)
    problems.push('params: an option it does not know is accepted; use z.strictObject');
  const rows = lines.map(({ row }) => declaredColumns(reward.columns, row));
  for (const { column, message, first } of await pool.checkColumns(rows))
    problems.push(`${lines[first]!.where}: column ${column}: ${message}`);
  if ((await pool.checkColumns([{ ...rows[0], noSuchColumn: 1 }])).length === 0)
    problems.push('columns: one that it does not know is accepted; use z.strictObject');
  const columns = reward.columns?.join(', ') || 'no columns';
  return { check: 'columns', ...verdict([...new Set(problems)], `reads ${columns}; params and columns are strict`) };
}

function checkExpected(fixtures: readonly Fixture[], outcomes: readonly Outcome[]): Check {
  const problems = fixtures.flatMap(({ completion, expect }, i) => {
    const got = outcomes[i]!;
    const isRight =
      typeof expect === 'number'
        ? scoreOf(got) === expect
        : expect === null
          ? got.outcome === 'abstained'
          : got.outcome === expect;
    return isRight
      ? []
      : [`fixture ${i + 1} ${clip(completion)}: got ${outcomeText(got)}, expected ${expect ?? 'abstained'}`];
  });
  return { check: 'fixtures', ...verdict(problems, `${fixtures.length} judged as expected`) };
}

function checkRange({ reward }: Loaded, lines: readonly InputLine[], outcomes: readonly Outcome[]): Check {
  const problems = outcomes.flatMap((outcome, i) =>
    isFault(outcome) ? [`${lines[i]!.where}: ${outcomeText(outcome)}`] : [],
  );
  const scores = outcomes.map(scoreOf).filter((score) => score !== null);
  const seen = scores.length === 0 ? 'no scores' : `scores from ${Math.min(...scores)} to ${Math.max(...scores)}`;
  return { check: 'range', ...verdict(problems, `${seen}, within ${reward.range.join(' to ')}; no faults`) };
}

type Judge = (lines: readonly InputLine[], by?: Loaded) => Promise<Outcome[]>;

async function checkPurity(
  { reward }: Loaded,
  lines: readonly InputLine[],
  outcomes: readonly Outcome[],
  judge: Judge,
): Promise<Check> {
  const problems = differences(lines, outcomes, (await judge(lines.toReversed())).toReversed(), 'in another order');
  for (const [i, line] of reward.scope === 'group' ? [] : lines.entries()) {
    problems.push(...differences([line], [outcomes[i]!], await judge([line]), 'alone'));
  }
  return { check: 'purity', ...verdict(problems, 'the same verdict alone, in a batch, and in another order') };
}

async function checkDeterminism(
  { pool, ...loaded }: Loaded,
  lines: readonly InputLine[],
  outcomes: readonly Outcome[],
  judge: Judge,
): Promise<Check> {
  const problems = differences(lines, outcomes, await judge(lines, { ...loaded, pool }), 'the second time');
  const other = await RewardPool.open(pool.file, { ...POOL_DEFAULTS, processes: 1, print: () => {} });
  try {
    problems.push(
      ...differences(lines, outcomes, await judge(lines, { ...loaded, pool: other }), 'in another process'),
    );
  } finally {
    other.close();
  }
  return { check: 'determinism', ...verdict(problems, 'the same verdict again, and in another process') };
}

async function checkOddCompletions(lines: readonly InputLine[], judge: Judge): Promise<Check> {
  const names = Object.keys(ODD_COMPLETIONS);
  const odd = names.map((name): InputLine => ({
    ...lines[0]!,
    where: name,
    group: name,
    completion: ODD_COMPLETIONS[name]!,
  }));
  const outcomes = await judge([...odd, { ...lines[0]!, where: 'cut off', group: 'cut off', finishReason: 'length' }]);
  const problems = outcomes.flatMap((outcome, i) =>
    isFault(outcome) ? [`${names[i] ?? 'cut off'}: ${outcomeText(outcome)}`] : [],
  );
  return { check: 'odd texts', ...verdict(problems, `${outcomes.length} odd completions, none a fault`) };
}

async function checkSpeed({ reward }: Loaded, lines: readonly InputLine[], judge: Judge): Promise<Check> {
  const times = Math.ceil(SPEED_SAMPLES / lines.length);
  const many = Array.from({ length: times }, (_, i) =>
    lines.map((line) => ({ ...line, group: `${i} ${String(line.group)}` })),
  ).flat();
  const start = performance.now();
  await judge(many);
  const milliseconds = (performance.now() - start) / many.length;
  const speed = `${milliseconds.toPrecision(2)} ms for each sample, ${Math.round(1000 / milliseconds)} a second in one process`;
  // A call holds at most 64 samples, and a busy machine takes a few times as long.
  const isSlow = milliseconds * 64 * 4 > reward.timeoutMs;
  const problems = isSlow
    ? [`${speed}: calls of 64 come near timeoutMs (${reward.timeoutMs}); raise it, or be quicker`]
    : [];
  return { check: 'speed', ...verdict(problems, speed) };
}

function differences(
  lines: readonly InputLine[],
  before: readonly Outcome[],
  after: readonly Outcome[],
  how: string,
): string[] {
  return lines.flatMap((line, i) =>
    isDeepStrictEqual(before[i], after[i])
      ? []
      : [`${line.where} ${clip(line.completion)}: ${outcomeText(before[i]!)}, but ${how}: ${outcomeText(after[i]!)}`],
  );
}

function verdict(problems: readonly string[], fine: string): Pick<Check, 'ok' | 'detail'> {
  return { ok: problems.length === 0, detail: problems.length === 0 ? fine : problems.slice(0, 10).join('\n') };
}
