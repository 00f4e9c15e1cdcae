import type { Evaluation, RunResult, SuiteResult } from '../../activities/records.ts';
import { table } from '../output.ts';
import type { Recorded } from './recorded.ts';

/** Metrics come with the most telling first; a line has room for these. */
const SHOWN_METRICS = 6;
const SHOWN_VALUES = 3;

/** `jbond 12  correct 0.31  completionLength 11.2 …` */
export function stepLine({ stage, step, metrics }: Recorded & { event: 'step' }): string {
  const shown = Object.entries(metrics).slice(0, SHOWN_METRICS);
  return [`${stage} ${step}`, ...shown.map(([name, value]) => metricText(name, value))].join('  ');
}

/** `loss 0.31`; the head that all members of a reward model share is trained first, as member -1. */
function metricText(name: string, value: number): string {
  return name === 'member' && value < 0 ? 'shared head' : `${name} ${significant(value)}`;
}

/** `sft after step 16: pass-at-k: pass@1 0.31 (0.25 to 0.37), …` */
export function suiteLine({ stage, step, suite, values }: SuiteResult): string {
  const where = step === 0 ? stage : `${stage} after step ${step}`;
  const shown = Object.entries(values).slice(0, SHOWN_VALUES);
  const texts = shown.map(([name, { value, interval }]) => {
    return `${name} ${significant(value)} (${interval.map(significant).join(' to ')})`;
  });
  return `${where}: ${suite}: ${texts.join(', ')}`;
}

/** `sft after step 16: accuracy 31.2 % (27.3 to 35.4), n 500, KL to SFT 0.1 nats` */
export function evaluationLine(evaluation: Evaluation): string {
  const { stage, step, accuracy, interval, n, unjudged, klToSft, reusedFrom } = evaluation;
  const where = step === 0 ? stage : `${stage} after step ${step}`;
  const kl = klToSft === null ? '' : `, KL to SFT ${significant(klToSft)} nats`;
  const reused = reusedFrom === undefined ? '' : `, reused from run ${reusedFrom}`;
  const left = unjudged > 0 ? `, ${unjudged} could not be judged` : '';
  return `${where}: accuracy ${percent(accuracy)} % (${interval.map(percent).join(' to ')}), n ${n}${left}${kl}${reused}`;
}

/** The table a run ends with. A stage that makes no policy has a time and no accuracy; a column with nothing in it is left out. */
export function resultTable({ evaluations, costs }: RunResult): string[] {
  const head = ['stage', 'accuracy', '95 % interval', 'n', 'KL to SFT', 'time', 'tokens/s'];
  const rows = costs.map(({ stage, milliseconds, tokens, reusedFrom }) => {
    const evaluation = evaluations.findLast((each) => each.stage === stage);
    const spent = reusedFrom ? 'reused' : duration(milliseconds);
    const speed = milliseconds === 0 || reusedFrom ? '' : String(Math.round((1000 * tokens) / milliseconds));
    if (!evaluation) return [stage, '', '', '', '', spent, speed];
    const { accuracy, interval, n, klToSft } = evaluation;
    const kl = klToSft === null ? '' : significant(klToSft);
    return [stage, `${percent(accuracy)} %`, interval.map(percent).join(' to '), String(n), kl, spent, speed];
  });
  const isFilled = head.map((_, column) => rows.some((row) => row[column] !== ''));
  return table([head, ...rows].map((row) => row.filter((_, column) => isFilled[column])));
}

/** What the suites found, one row for each value; empty when there were none. */
export function suiteTable(suites: readonly SuiteResult[]): string[] {
  const head = ['stage', 'suite', '', 'value', '95 % interval', 'n'];
  const rows = suites.flatMap(({ stage, suite, values }) =>
    Object.entries(values).map(([name, { value, interval, n }]) => [
      ...[stage, suite, name, significant(value), interval.map(significant).join(' to '), String(n)],
    ]),
  );
  return rows.length === 0 ? [] : table([head, ...rows]);
}

/** `7 min 4 s`, `12 s` */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}
