/**
 * Our side of a comparison, as a user gets it: the model core in its thread, called as the model server calls it.
 *
 *   node bench/ours/side.ts TASK '{"model": …}'      (started by bench/side.ts)
 */
import { createInterface } from 'node:readline';

import type { Precision } from '../../model/api/precision.ts';
import { EngineThread } from '../../server/engine-client.ts';
import type { Turn } from '../side.ts';
import { decodeTask } from './decode.ts';
import { limitTask } from './limit.ts';
import { rlStepTask } from './rl-step.ts';
import { scoreTask } from './score.ts';
import { sftTask } from './sft.ts';

/** Loads and warms up; the function does the work once, and is timed. */
export type Task = (
  engine: EngineThread,
  input: unknown,
  precision: Precision,
) => Promise<() => Promise<Omit<Turn, 'seconds'>>>;

const TASKS: Readonly<Record<string, Task>> = {
  sft: sftTask,
  decode: decodeTask,
  score: scoreTask,
  'rl-step': rlStepTask,
  limit: limitTask,
};

const say = (message: unknown) => process.stdout.write(`@bench ${JSON.stringify(message)}\n`);

const [name = '', input = '{}'] = process.argv.slice(2);
const task = TASKS[name];
if (!task) throw new RangeError(`bench: no task ${name}; there are ${Object.keys(TASKS).join(', ')}`);
const engine = new EngineThread({ onDeath: (error) => say({ error: error.message }) });
try {
  await engine.ready;
  const { device, tensorflow, instructionSets, ...measured } = await engine.call('info', undefined);
  const { precision: named, ...rest } = JSON.parse(input) as { readonly precision?: Precision };
  const precision = named ?? measured.precision; // as `auto` of a recipe is
  const work = await task(engine, rest, precision);
  const { bfloat16Speedup } = measured;
  say({ ready: { device, tensorflow, instructionSets, precision, bfloat16Speedup, node: process.version } });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'go') continue;
    const start = performance.now();
    const done = await work();
    say({ turn: { ...done, seconds: (performance.now() - start) / 1000 } });
  }
} catch (error) {
  say({ error: (error as Error).message });
} finally {
  await engine.close();
}
