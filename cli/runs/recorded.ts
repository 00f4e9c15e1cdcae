import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { journalLines } from '../../activities/journal.ts';
import type { Evaluation, Metrics, RunResult, SuiteResult } from '../../activities/records.ts';
import { runFiles } from '../../activities/run-files.ts';

/** A line of a run's journals. */
export type Recorded =
  | { readonly event: 'step'; readonly stage: string; readonly step: number; readonly metrics: Metrics }
  | { readonly event: 'evaluation'; readonly stage: string; readonly step: number; readonly evaluation: Evaluation }
  | { readonly event: 'suite'; readonly stage: string; readonly step: number; readonly result: SuiteResult };

/** Reads what a run recorded since the last call, in the order in which it happened. */
export function followJournals(workspace: string, runId: string): () => Promise<Recorded[]> {
  const files = runFiles(runId);
  const seen = { metrics: 0, evaluations: 0, suites: 0 };
  const fresh = async (kind: keyof typeof seen) => {
    const lines = journalLines((await readText(workspace, files[kind])) ?? '');
    const news = lines.slice(seen[kind]).map((line) => JSON.parse(line) as Metrics & Evaluation & SuiteResult);
    seen[kind] = lines.length;
    return news;
  };
  return async () => {
    // The last first: read the other way round, one could show before the step it belongs to.
    const suites = (await fresh('suites')).map((result): Recorded => {
      return { event: 'suite', stage: result.stage, step: result.step, result };
    });
    const evaluations = await fresh('evaluations');
    const steps = (await fresh('metrics')).map(({ stage, step, ...metrics }): Recorded => {
      return { event: 'step', stage, step, metrics: metrics as unknown as Metrics };
    });
    const measured = evaluations.map(({ stage, step, ...rest }): Recorded => {
      return { event: 'evaluation', stage, step, evaluation: { stage, step, ...rest } };
    });
    return merge(steps, [...measured, ...suites]);
  };
}

/** Each evaluation and suite after the step it belongs to; one whose step is not among these came after earlier ones. */
function merge(steps: readonly Recorded[], evaluations: readonly Recorded[]): Recorded[] {
  const before = (step: Recorded) => (each: Recorded) => each.stage === step.stage && each.step === step.step;
  const early = evaluations.filter(
    (each) => !steps.some((step) => step.stage === each.stage && step.step <= each.step),
  );
  const placed = new Set(early);
  const merged = [...early];
  for (const step of steps) {
    merged.push(step);
    for (const each of evaluations.filter(before(step))) {
      merged.push(each);
      placed.add(each);
    }
  }
  return [...merged, ...evaluations.filter((each) => !placed.has(each))];
}

/** How a run ended; null while it has not. */
export async function readResult(workspace: string, runId: string): Promise<RunResult | null> {
  const content = await readText(workspace, runFiles(runId).result);
  return content === null ? null : (JSON.parse(content) as RunResult);
}

/** The recipe a run was started with, as text; null when there is no such run. */
export function readRunConfig(workspace: string, runId: string): Promise<string | null> {
  return readText(workspace, runFiles(runId).config);
}

async function readText(workspace: string, path: string): Promise<string | null> {
  try {
    return await readFile(join(workspace, path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
