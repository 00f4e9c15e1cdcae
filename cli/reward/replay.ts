import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PreparedRow } from '../../activities/data/prepare.ts';
import { journalLines } from '../../activities/journal.ts';
import type { SampleLine } from '../../activities/rollout.ts';
import { runFiles } from '../../activities/run-files.ts';
import { Recipe } from '../../configs/schema/recipe.ts';
import { NO_MODEL_SERVER } from '../../rewards/host/process.ts';
import { rewardsOf } from '../../activities/recipe-rewards.ts';
import { scoreSamples, type RewardPart } from '../../rewards/score.ts';
import { scoreOf } from '../../sdk/outcomes.ts';
import { command } from '../command.ts';
import { UsageError } from '../failure.ts';
import { parseNumber } from '../json-input.ts';
import type { Output } from '../output.ts';
import { workspaceOf, workspaceOptions } from '../workspace.ts';
import { sampleFiles } from '../runs/sample-files.ts';
import { clip } from './diff.ts';
import { outcomeText } from './input.ts';

export const replay = command(
  {
    name: 'reward replay',
    about: `
Judges the recorded samples of a run again, with the rewards of its recipe as their code is now, and shows each verdict that
changes. No model is needed; rewards that ask one are left out. The run's files stay as they are.`,
    options: {
      ...workspaceOptions,
      run: { type: 'string', value: 'ID', help: 'the run' },
      step: { type: 'string', value: 'N', help: 'only the samples of this step (default: all)' },
      stage: { type: 'string', value: 'NAME', help: 'only the samples of this stage (default: all)' },
    },
  },
  async ({ values, output }) => {
    if (values.run === undefined)
      throw new UsageError('--run is missing: the id of a run, as cabochon status lists it');
    const step =
      values.step === undefined ? null : parseNumber('step', values.step, { fallback: 0, min: 0, isWhole: true });
    const run = await openRun(workspaceOf(values), values.run);
    const rewards = await rewardsOf(run.recipe);
    const files = (await sampleFiles(run.samples)).filter(
      (file) => (step === null || file.step === step) && (values.stage === undefined || file.stage === values.stage),
    );
    if (files.length === 0)
      throw new UsageError(`run ${values.run} has no samples of that stage and step in ${run.samples}`);

    const changes = new Map<string, Changes>();
    for (const { name } of files) {
      const lines = journalLines(await readFile(join(run.samples, name), 'utf8')).map(
        (text) => JSON.parse(text) as SampleLine,
      );
      const samples = lines.map((line) => ({ ...line, row: run.rowOf(line.id) }));
      const { signal } = new AbortController();
      const scored = await scoreSamples(rewards, samples, { signal, combine: run.recipe.judging.combine });
      lines.forEach((line, i) => compare(output, name, line, scored[i]!.parts, changes));
    }
    for (const [reward, { samples, changed, before, after }] of changes) {
      const [was, is] = [average(before), average(after)];
      output.emit({ event: 'summary', reward, samples, changed, before: was, after: is });
      output.say(`${reward}: ${changed} of ${samples} verdicts change; mean ${show(was)} → ${show(is)}`);
    }
  },
);

/** What became of one reward's verdicts, over all samples. */
interface Changes {
  samples: number;
  changed: number;
  /** Scores, of those that have one. */
  readonly before: number[];
  readonly after: number[];
}

/** Shows what changes for one sample, and counts it. */
function compare(
  output: Output,
  file: string,
  { id, completion, parts }: SampleLine,
  now: readonly RewardPart[],
  changes: Map<string, Changes>,
): void {
  for (const is of now) {
    const was = parts.find(({ name }) => name === is.name);
    if (!was || is.reason?.includes(NO_MODEL_SERVER)) continue;
    const count = changes.get(is.name) ?? { samples: 0, changed: 0, before: [], after: [] };
    changes.set(is.name, count);
    count.samples++;
    count.before.push(...numberOf(was));
    count.after.push(...numberOf(is));
    if (was.outcome === is.outcome && scoreOf(was) === scoreOf(is)) continue;
    count.changed++;
    output.emit({ event: 'change', file, id, reward: is.name, completion, before: was, after: is });
    output.say(`${file} ${id}  ${clip(completion)}`);
    output.say(`  ${is.name} was ${outcomeText(was)}`);
    output.say(`  ${is.name} is  ${outcomeText(is)}`);
  }
}

/** @throws UsageError when there is no such run. */
async function openRun(workspace: string, runId: string) {
  const files = runFiles(runId);
  const read = (path: string) =>
    readFile(join(workspace, path), 'utf8').catch(() => {
      throw new UsageError(`no run ${runId} with its files in ${workspace}: ${path} cannot be read`);
    });
  const recipe = Recipe.parse(JSON.parse(await read(files.config)));
  const rows = new Map<string, PreparedRow>();
  for (const path of [files.train, files.evaluation]) {
    for (const text of journalLines(await read(path))) {
      const row = JSON.parse(text) as PreparedRow;
      rows.set(row.id, row);
    }
  }
  // `row` in evaluations, `row/epoch` in steps.
  const rowOf = (id: string): PreparedRow => rows.get(id) ?? rows.get(id.slice(0, id.lastIndexOf('/'))) ?? { id };
  return { recipe, rowOf, samples: join(workspace, 'runs', runId, 'samples') };
}

function numberOf(part: RewardPart): number[] {
  const score = scoreOf(part);
  return score === null ? [] : [score];
}

function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;
}

function show(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toPrecision(4)));
}
