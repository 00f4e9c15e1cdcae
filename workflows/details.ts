import type { Evaluation } from '../activities/records.ts';
import type { RunProgress, StageProgress } from './progress.ts';

/** Live details of a stage in the Temporal UI, as Markdown. */
export function stageDetails(progress: StageProgress): string {
  const { stage, step, steps, metrics, evaluations, checkpoint, recoveries, remainingMs, control } = progress;
  const lines = [
    `### ${stage}: step ${step} of ${steps ?? '…'}${stateOf(control)}`,
    ...(remainingMs === null || remainingMs === 0 ? [] : [`About ${minutes(remainingMs)} to go at this pace.`, '']),
    `Last checkpoint: version ${checkpoint}. Recoveries: ${recoveries}.`,
  ];
  if (metrics) {
    lines.push('', '| metric | last step |', '| --- | --- |');
    for (const [name, value] of Object.entries(metrics)) lines.push(`| ${name} | ${short(value)} |`);
  }
  return [...lines, '', evaluationTable(evaluations)].join('\n');
}

/** Live details of a run in the Temporal UI, as Markdown. */
export function runDetails({ stage, child, evaluations, control }: RunProgress): string {
  const now = stage === null ? 'between stages' : `stage ${stage}`;
  const where = child === null ? [] : [`Steps are shown in workflow \`${child}\`.`, ''];
  return [`### ${now}${stateOf(control)}`, ...where, evaluationTable(evaluations)].join('\n');
}

function evaluationTable(evaluations: readonly Evaluation[]): string {
  if (evaluations.length === 0) return '';
  return [
    '| stage | step | accuracy | 95 % interval | n | KL to SFT (nats) |',
    '| --- | --- | --- | --- | --- | --- |',
    ...evaluations.map(({ stage, step, accuracy, interval, n, klToSft }) => {
      const range = interval.map(percent).join(' to ');
      return `| ${stage} | ${step} | ${percent(accuracy)} | ${range} | ${n} | ${klToSft === null ? '–' : short(klToSft)} |`;
    }),
  ].join('\n');
}

function stateOf({ paused, stopping }: RunProgress['control']): string {
  if (stopping) return ', stopping';
  return paused ? ', paused' : '';
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Four significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
