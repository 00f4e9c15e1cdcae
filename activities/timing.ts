import type { Store } from './artifacts.ts';
import type { RunRef, Timing } from './records.ts';
import { runFiles } from './run-files.ts';

interface Timed {
  readonly run: RunRef;
  readonly stage: string;
  readonly step?: number;
  readonly part: string;
}

/**
 * Takes the time of a piece of work and notes it in the run's `timings.jsonl`, the one file that differs between two runs
 * of the same recipe. `tokens` in what the work returns counts as its tokens.
 */
export async function timed<Result extends object>(
  store: Store,
  { run, stage, step, part }: Timed,
  work: () => Promise<Result & { readonly tokens?: number }>,
): Promise<Omit<Result, 'tokens'> & { timings: Timing[] }> {
  const start = performance.now();
  const { tokens = 0, ...result } = await work();
  const timing = { part, milliseconds: Math.round(performance.now() - start), tokens };
  const line = JSON.stringify({ at: new Date().toISOString(), stage, ...(step !== undefined && { step }), ...timing });
  await store.append(runFiles(run.runId).timings, line);
  return { ...result, timings: [timing] } as Omit<Result, 'tokens'> & { timings: Timing[] };
}
