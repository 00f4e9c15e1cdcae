import type { DataConfig } from '../../configs/schema/data.ts';
import type { TaskConfig } from '../../configs/schema/task.ts';
import { DataError, filterRows, nameColumns, readRows, type FilterCounts, type Row } from './rows.ts';
import { solveEquation, type Solution, type UnsolvedReason } from './solve-equation.ts';
import { holdOut, shuffleRows } from './split.ts';
import { renderCompletion, renderPrompt } from './task.ts';
import { makeWordProblems } from './word-problems.ts';

/** A row ready for use: its columns, a unique `id`, and `expression` when its equation solved. */
export interface PreparedRow extends Row {
  readonly id: string;
  readonly expression?: string | undefined;
}

/** Every row accounted for. */
export interface SplitReport {
  /** `one-operation generator`, or the file. */
  readonly source: string;
  readonly read: number;
  readonly filter: FilterCounts;
  /** Rows whose prompt is also an evaluation prompt, left out of training. */
  readonly overlapping: number;
  readonly used: number;
  /** Used rows without a completion, by reason: left out of SFT, still good for RL and evaluation. */
  readonly unsolved: Readonly<Partial<Record<UnsolvedReason | 'no-equation' | 'no-answer', number>>>;
}

export interface PreparedData {
  /** In the order of the seeded shuffle. */
  readonly train: PreparedRow[];
  /** In the order of the seeded shuffle: the first N are the ones evaluated when N are asked for. */
  readonly evaluation: PreparedRow[];
  readonly report: { readonly train: SplitReport; readonly evaluation: SplitReport };
}

interface Loaded {
  readonly source: string;
  readonly read: number;
  readonly filter: FilterCounts;
  readonly rows: readonly Row[];
}

const NO_FILTER: FilterCounts = { rejected: {}, lacking: {} };

/**
 * Makes or reads the rows of a run, filters, splits, solves their equations, and renders each once to see that it fits
 * the task.
 *
 * The same recipe and files give the same rows in the same order. No training prompt is an evaluation prompt.
 *
 * @throws DataError naming what does not fit: file, line, row, column.
 */
export async function prepareData(data: DataConfig, task: TaskConfig, seed: number): Promise<PreparedData> {
  const { train, evaluation } = await loadSplits(data, seed);
  const evaluationRows = prepareRows(evaluation, task);
  const seen = new Set(evaluationRows.map((row) => renderPrompt(task, row)));
  const allTrainRows = prepareRows(train, task);
  const trainRows = allTrainRows.filter((row) => !seen.has(renderPrompt(task, row)));
  const overlapping = allTrainRows.length - trainRows.length;
  refuseEmpty('evaluation', evaluation, evaluationRows.length);
  refuseEmpty('training', train, allTrainRows.length);
  if (trainRows.length === 0) {
    const all = `all ${overlapping} training rows have prompts that are also evaluation prompts`;
    throw new DataError(`${train.source}: ${all}, expected others; train and evaluate on different files`);
  }
  return {
    train: shuffleRows(trainRows, seed),
    evaluation: shuffleRows(evaluationRows, seed),
    report: {
      train: reportOn(train, trainRows, task, overlapping),
      evaluation: reportOn(evaluation, evaluationRows, task, 0),
    },
  };
}

function refuseEmpty(name: string, { source, read }: Loaded, kept: number): void {
  if (kept > 0) return;
  throw new DataError(`${source}: got no ${name} rows: data.where keeps none of ${read}, expected some; relax it`);
}

/** The rows that have a completion to train on, in order. */
export function rowsWithCompletion(rows: readonly PreparedRow[], task: TaskConfig): PreparedRow[] {
  return rows.filter((row) => renderCompletion(task, row) !== null);
}

/** The rows of one file, filtered, with their equations solved, in the file's order. */
export async function prepareFile(file: string, data: DataConfig, task: TaskConfig): Promise<PreparedRow[]> {
  return prepareRows(await loadFile(file, data), task);
}

async function loadSplits(data: DataConfig, seed: number): Promise<{ train: Loaded; evaluation: Loaded }> {
  if (data.generator) {
    const made = makeWordProblems(data.generator);
    const source = `${data.generator.kind} generator`;
    const load = (rows: readonly Row[]) => ({ source, read: rows.length, filter: NO_FILTER, rows });
    return { train: load(made.train), evaluation: load(made.evaluation) };
  }
  if (data.train === undefined) throw new DataError('data: got neither a generator nor a training file');
  const train = await loadFile(data.train, data);
  if (data.evaluation !== undefined) return { train, evaluation: await loadFile(data.evaluation, data) };
  const split = holdOut(train.rows, seed, data.holdout);
  return { train: { ...train, rows: split.train }, evaluation: { ...train, rows: split.heldOut } };
}

async function loadFile(file: string, { where = {}, columns = {} }: DataConfig): Promise<Loaded> {
  const all = nameColumns(await readRows(file), columns, file);
  const { kept, counts } = filterRows(all, where);
  return { source: file, read: all.length, filter: counts, rows: kept };
}

function prepareRows({ rows, source }: Loaded, task: TaskConfig): PreparedRow[] {
  const used = new Map<string, number>();
  return rows.map((row, index) => {
    const id = typeof row.id === 'string' || typeof row.id === 'number' ? String(row.id) : `row-${index + 1}`;
    const times = (used.get(id) ?? 0) + 1;
    used.set(id, times);
    const { expression } = solveRow(row, task);
    const prepared = { ...row, id: times === 1 ? id : `${id}#${times}`, expression };
    try {
      renderPrompt(task, prepared);
      renderCompletion(task, prepared);
    } catch (error) {
      throw error instanceof DataError ? new DataError(`${source}: ${error.message}`) : error;
    }
    return prepared;
  });
}

function solveRow(row: Row, task: TaskConfig): Solution | { reason: 'no-equation' | 'no-answer'; expression?: never } {
  const equation = task.equation === undefined ? undefined : row[task.equation];
  if (typeof equation !== 'string') return { reason: 'no-equation' };
  const answer = Number(String(row.answer).replaceAll(',', ''));
  return Number.isFinite(answer) ? solveEquation(equation, answer) : { reason: 'no-answer' };
}

function reportOn(loaded: Loaded, used: readonly PreparedRow[], task: TaskConfig, overlapping: number): SplitReport {
  const unsolved: Record<string, number> = {};
  for (const row of used) {
    if (renderCompletion(task, row) !== null) continue;
    const reason = solveRow(row, task).reason ?? 'no-equation';
    unsolved[reason] = (unsolved[reason] ?? 0) + 1;
  }
  const { source, read, filter } = loaded;
  return { source, read, filter, overlapping, used: used.length, unsolved };
}
