/**
 * Runs an experiment:  npm run -s science -- NAME [--json]
 *
 * Writes its record and plots to docs/science/ and renews the table there. The last line on stdout is the record as JSON.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Experiment, Finding } from './experiment.ts';
import { drawPlot } from './plot.ts';

const EXPERIMENTS: Readonly<Record<string, () => Promise<{ readonly experiment: Experiment }>>> = {
  bon: () => import('./bon.ts'),
  anchors: () => import('./anchors.ts'),
  kd: () => import('./kd.ts'),
  warm: () => import('./warm.ts'),
  'warm-bon': () => import('./warm-bon.ts'),
  'jbond-front': () => import('./jbond-front.ts'),
  warp: () => import('./warp.ts'),
  real: () => import('./real.ts'),
  'real-problems': () => import('./real-problems.ts'),
};

const FOLDER = join(import.meta.dirname, '../docs/science');

/** A line of the table: what an experiment found, as docs/science/NAME.json keeps it. */
type Record_ = {
  readonly name: string;
  readonly claim: string;
  readonly source: string;
  readonly seconds: number;
  readonly shown: boolean;
} & Omit<Finding, 'plots'> & { readonly plots: readonly string[]; readonly cores: number };

const [name, ...flags] = process.argv.slice(2);
const load = name !== undefined && Object.hasOwn(EXPERIMENTS, name) ? EXPERIMENTS[name] : undefined;
const unknown = flags.find((flag) => flag !== '--json');
if (!load || unknown !== undefined) {
  console.error(`science: got ${unknown ?? name ?? 'nothing'}, expected NAME [--json], one of:\n`);
  for (const each of Object.keys(EXPERIMENTS)) console.error(`  ${each}`);
  process.exitCode = 2;
} else {
  await perform(name!, (await load()).experiment, flags.includes('--json'));
}

async function perform(name: string, experiment: Experiment, isJson: boolean): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), `science-${name}-`));
  const start = performance.now();
  const note = (line: string) => console.error(`${((performance.now() - start) / 1000).toFixed(0)} s  ${line}`);
  try {
    const { plots, parts, analysis, ...rest } = await experiment.run({ note, scratch });
    const shown = Object.values(parts).every(Boolean);
    const files = Object.entries(plots).map(([file, plot]) => {
      writeFileSync(join(FOLDER, `${file}.svg`), drawPlot(plot));
      return `${file}.svg`;
    });
    const seconds = Math.round((performance.now() - start) / 1000);
    const { claim, source } = experiment;
    const record = {
      name,
      claim,
      source,
      shown,
      parts,
      analysis,
      seconds,
      cores: availableParallelism(),
      ...rest,
      plots: files,
    };
    writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
    writeFileSync(join(FOLDER, 'README.md'), tableOf(recorded()));
    if (!isJson) console.log(`${name}: ${shown ? 'shown' : 'not shown'}. ${analysis}`);
    console.log(JSON.stringify(record));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function recorded(): Record_[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Record_);
}

function tableOf(records: readonly Record_[]): string {
  const rows = records.map(({ name, claim, source, parts, seconds, seeds, plots }) => {
    const verdicts = Object.values(parts);
    const holding = verdicts.filter(Boolean).length;
    const some = holding === 0 ? '**no**' : `${holding} of ${verdicts.length} parts`;
    const shown = holding === verdicts.length ? 'yes' : some;
    const pictures = plots.map((file) => `[${file.replace('.svg', '')}](${file})`).join(', ');
    return `| [${name}](${name}.json) | ${claim} | ${source} | ${shown} | ${seeds.length} | ${seconds} | ${pictures} |`;
  });
  return [
    '# Does each method do what its paper says?',
    '',
    'Each on a problem small enough to be looked through: `npm run -s science -- NAME`. What counts as shown is fixed in the code of',
    'the experiment (`science/NAME.ts`) before it runs; what does not show is said to. Records have every number with its interval.',
    'This file is written by that command.',
    '',
    '| name | claim | source | shown | seeds | seconds | plots |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...records.flatMap(({ name, parts, analysis }) => [`## ${name}`, '', ...partsOf(parts), '', analysis, '']),
  ].join('\n');
}

function partsOf(parts: Finding['parts']): string[] {
  return Object.entries(parts).map(([part, holds]) => `- ${part}: ${holds ? 'shown' : '**not shown**'}`);
}
