import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { RunResult } from '../activities/records.ts';
import { runFiles } from '../activities/run-files.ts';
import { meanEstimate } from '../activities/statistics.ts';
import type { Estimate } from '../activities/statistics.ts';
import { REPOSITORY } from '../scripts/paths.mjs';

/** Kept: a stage that was made before is not made again, and an interrupted experiment goes on where it was. */
export const WORKSPACE = join(REPOSITORY, '.cabochon');

/** A recipe, and what of it is replaced. */
export interface Alignment {
  readonly id: string;
  readonly recipe: string;
  /** Rows to train on. */
  readonly data: string;
  /** Fields of the recipe by path: files and sizes. */
  readonly set: Readonly<Record<string, string | number>>;
}

/** How a user would run it. */
export function commandOf({ id, recipe, data, set }: Alignment): string[] {
  return [
    ...['align', join(REPOSITORY, recipe), '--workspace', WORKSPACE, '--run-id', id, '--data', data],
    ...Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ];
}

/** Runs what is left of a run, and reads how it ended. */
export async function align(alignment: Alignment, note: (line: string) => void): Promise<RunResult> {
  const command = commandOf(alignment);
  note(`cabochon ${command.join(' ')}`);
  const child = spawn(process.execPath, [join(REPOSITORY, 'cli/main.ts'), ...command], { stdio: ['ignore', 2, 2] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the run ${alignment.id} ended with code ${code}; what it said stands above`);
  return JSON.parse(await readFile(join(WORKSPACE, runFiles(alignment.id).result), 'utf8')) as RunResult;
}

/** The run that made a stage: an earlier one, where it was not made again. */
export function makerOf(stage: string, { runId, costs }: RunResult): string {
  return costs.find((cost) => cost.stage === stage)?.reusedFrom ?? runId;
}

/** A held-out prompt, answered by the policy that a stage ended with. */
export interface Answer {
  readonly id: string;
  readonly prompt: string;
  readonly completion: string;
  readonly isCorrect: boolean | null;
}

export async function answersOf(stage: string, result: RunResult): Promise<Answer[]> {
  const { step } = result.evaluations.findLast((evaluation) => evaluation.stage === stage)!;
  const file = join(WORKSPACE, runFiles(makerOf(stage, result)).evaluationSamples(stage, step));
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Answer);
}

type ByPrompt = ReadonlyMap<string, number>;

/** Mean difference of two values of each prompt; a prompt that lacks one of them is left out. */
export function pairedRise(before: ByPrompt, after: ByPrompt): Estimate {
  const both = [...after].filter(([id]) => before.has(id));
  return meanEstimate(both.map(([id, value]) => value - before.get(id)!));
}

export const isAboveZero = ({ interval: [low] }: Estimate): boolean => low > 0;

/** An estimate in words, in percent: `14.7 % (9.9 to 21.2)`. */
export function percent({ value, interval: [low, high] }: Estimate): string {
  const [middle, from, to] = [value, low, high].map((share) => (100 * share).toFixed(1));
  return `${middle} % (${from} to ${to})`;
}
