/**
 * Measures ours against others, side by side on this machine.
 *
 *   npm run -s bench -- NAME --json      one benchmark; the last line is its record
 *   npm run bench                        all of them; writes docs/benchmarks.md
 */
import { MODEL, parseArguments, Usage } from './arguments.ts';
import type { BenchModule } from './bench.ts';
import { describeMachine, machine } from './machine.ts';
import { checkRecord, lastLine } from './record.ts';
import { writeReport } from './report.ts';
import { store } from './results.ts';

/** A benchmark and where it is. */
const BENCHES: Readonly<Record<string, () => Promise<BenchModule>>> = {
  sft: () => import('./sft.ts'),
  decode: () => import('./decode.ts'),
  decode1: () => import('./decode1.ts'),
  fewshot: () => import('./fewshot.ts'),
  llamacpp: () => import('./llamacpp.ts'),
  score: () => import('./score.ts'),
  sandbox: () => import('./sandbox.ts'),
  math: () => import('./math.ts'),
  'rl-step': () => import('./rl-step.ts'),
  limit: () => import('./limit.ts'),
  memory: () => import('./memory.ts'),
  growth: () => import('./growth.ts'),
};

try {
  await main();
} catch (error) {
  if (!(error instanceof Usage)) throw error;
  (error.isError ? console.error : console.log)(error.message);
  process.exitCode = error.isError ? 2 : 0;
}

async function main(): Promise<void> {
  const { names, json, write, ...settings } = parseArguments(process.argv.slice(2), Object.keys(BENCHES));
  // With --json standard output belongs to the records.
  const log = json ? console.error : console.log;
  for (const name of names) {
    const before = machine();
    log(`${name}: ${describeMachine(before)}`);
    try {
      const record = checkRecord(await (await BENCHES[name]!()).run({ log, ...settings }));
      // A record that lacks peers would pass for one that has beaten them, one of a small model for one of the real one.
      if (settings.peers === undefined && settings.model === MODEL) await store(record, before);
      if (!json) log(`  ratio to the best: ${record.ratio.toFixed(2)}`);
      console.log(lastLine(record));
    } catch (error) {
      console.error(`bench ${name}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
  if (write) log(`wrote ${await writeReport(Object.keys(BENCHES))}`);
}
