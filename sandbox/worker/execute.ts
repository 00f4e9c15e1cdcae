import ivm from 'isolated-vm';

import type { Job, JobResult } from '../requests.ts';
import { snapshotWith } from './snapshot.ts';
import { readSource } from './source.ts';

type Ending = Pick<JobResult, 'status' | 'message' | 'value' | 'passed' | 'total'>;
type Realm = ivm.Reference<(...given: unknown[]) => string>;

/** An isolate and how much of its time is left. */
interface Run {
  readonly isolate: ivm.Isolate;
  readonly limits: Job['limits'];
  /** By the clock, in milliseconds. */
  timeLeft: number;
}

/** Most turns of timers and promises that a test may take: each is a call from here. */
const MOST_TURNS = 10_000;

/**
 * Runs one test in an isolate of its own.
 *
 * The clock is what V8 can be stopped by, CPU time is what is limited: a test stopped by the clock before it had its CPU
 * time, on a machine with other things to do, is run once more with all of its `wallMs`.
 */
export function execute(job: Job): JobResult {
  const source = readSource(job);
  if ('problem' in source) return { status: 'syntax', message: source.problem, ms: 0, cpuMs: 0, memoryBytes: 0 };
  const { cpuMs, wallMs } = job.limits;
  const first = runOnce(job, source.code, Math.min(cpuMs, wallMs));
  if (first.status !== 'timeout' || first.cpuMs >= 0.9 * cpuMs || cpuMs >= wallMs) return first;
  const second = runOnce(job, source.code, wallMs);
  if (second.cpuMs > cpuMs) return { ...second, status: 'timeout', message: `more than ${cpuMs} ms of CPU time` };
  if (second.status !== 'timeout') return second;
  return { ...second, status: 'infra', message: `got ${Math.round(second.cpuMs)} ms of CPU time in ${wallMs} ms` };
}

function runOnce(job: Job, code: string, clockMs: number): JobResult {
  const lodash = code.includes('lodash') || (job.test.kind === 'suite' && job.test.code.includes('lodash'));
  const isolate = new ivm.Isolate({
    memoryLimit: job.limits.memoryMb,
    snapshot: snapshotWith(lodash ? 'lodash' : job.test.kind === 'suite' ? 'judge' : 'run'),
  });
  const run: Run = { isolate, limits: job.limits, timeLeft: clockMs };
  const start = performance.now();
  const before = threadCpuMs();
  let ending: Ending;
  try {
    ending = runTest(run, job.test, code);
  } catch (error) {
    ending = endingOf(error, run, performance.now() - start >= clockMs - 1);
  }
  const ms = performance.now() - start;
  const cpuMs = threadCpuMs() - before;
  if (isolate.isDisposed) return { ...ending, ms, cpuMs, memoryBytes: 0 };
  const heap = isolate.getHeapStatisticsSync();
  isolate.dispose();
  const memoryBytes = heap.used_heap_size + heap.externally_allocated_size;
  // V8 lets a heap grow past its limit between two collections.
  if (memoryBytes > job.limits.memoryMb * 2 ** 20) ending = outOfMemory(job.limits);
  return { ...ending, ms, cpuMs, memoryBytes };
}

/** Of this thread, in which isolates run. The isolate's own count goes on while the thread waits for a core. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** @param late Whether the time is over: what an error says may be the program's own words. */
function endingOf(error: unknown, { isolate, limits }: Run, late: boolean): Ending {
  if (isolate.isDisposed) return outOfMemory(limits);
  if (late) return { status: 'timeout', message: `more than ${limits.cpuMs} ms of CPU time` };
  return { status: 'exception', message: (error instanceof Error ? error.message : String(error)).slice(0, 300) };
}

function outOfMemory({ memoryMb }: Job['limits']): Ending {
  return { status: 'memory', message: `more than ${memoryMb} MiB` };
}

function runTest(run: Run, test: Job['test'], code: string): Ending {
  const program = realmOf(run, 'programRealm');
  if (test.kind === 'suite') return runSuite(run, program, test.code, code);
  if (test.kind === 'io') return runIo(run, program, test.input, code);
  let state = ask(run, program, 'run', code, test.entryPoint, test.args, run.limits.outputChars);
  for (let turn = 0; state === '["pending"]' && turn < MOST_TURNS; turn++) {
    const more = ask(run, program, 'tick');
    state = ask(run, program, 'state');
    if (more === '') break;
  }
  return readState(state);
}

function runIo(run: Run, program: Realm, input: string, code: string): Ending {
  const failure = ask(run, program, 'load', code, run.limits.outputChars, input);
  if (failure !== '') return readState(failure);
  for (let turn = 0; turn < MOST_TURNS && ask(run, program, 'tick') !== ''; turn++);
  const state = ask(run, program, 'state');
  return readState(state === '["pending"]' ? ask(run, program, 'output') : state);
}

function runSuite(run: Run, program: Realm, tests: string, code: string): Ending {
  const judge = realmOf(run, 'judgeRealm');
  const failure = ask(run, program, 'load', code, run.limits.outputChars);
  if (failure !== '') return readState(failure);
  ask(run, judge, 'connect', program.derefInto(), run.limits.outputChars);
  ask(run, judge, 'prepare', tests);
  ask(run, program, 'enter', judge.derefInto(), 'run');
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const timers = ask(run, program, 'tick');
    if (ask(run, program, 'enter', judge.derefInto(), 'tick') === '' && timers === '') break;
  }
  return readVerdict(ask(run, judge, 'verdict'), tests);
}

/** In a context of its own, as the snapshot has it. Its first answer makes it. */
function realmOf({ isolate }: Run, name: 'programRealm' | 'judgeRealm'): Realm {
  return isolate.createContextSync().global.getSync(name, { reference: true }) as unknown as Realm;
}

/** Calls into a realm with what is left of the time. */
function ask(run: Run, realm: Realm, ...given: unknown[]): string {
  const start = performance.now();
  if (run.timeLeft < 1) throw new Error('Script execution timed out.');
  const answer: unknown = realm.applySync(undefined, given as never[], { timeout: Math.ceil(run.timeLeft) });
  run.timeLeft -= performance.now() - start;
  return typeof answer === 'string' ? answer : '';
}

/** What the program's realm says became of it: only ever the program's own word. */
function readState(state: string): Ending {
  const [kind, text] = parse(state) as [unknown, unknown];
  if (kind === 'value' && typeof text === 'string') return { status: 'returned', message: '', value: text };
  if (kind === 'pending') return { status: 'exception', message: 'the promise that it returned was never settled' };
  const [phase = '', name = '', message = ''] = typeof text === 'string' ? text.split('\n', 3) : [];
  const described = [name, message].filter(Boolean).join(': ');
  if (kind === 'output') return { status: 'output', message: described };
  if (/^RangeError: (Array buffer allocation failed|.*: Out of memory)/.test(described))
    return { status: 'memory', message: described };
  return { status: 'exception', message: phase === 'load' ? `while loading: ${described}` : described };
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

interface SuiteVerdict {
  readonly made: number;
  readonly failed: number;
  readonly first: string;
  readonly error: readonly [name: string, message: string, stack: string] | null;
  readonly finished: boolean;
}

/** What the judge's realm says: trusted, as the program cannot reach it. */
function readVerdict(text: string, tests: string): Ending {
  const { made, failed, first, error, finished } = JSON.parse(text) as SuiteVerdict;
  const lines = tests.split('\n');
  const asserts = lines.filter((line) => /\bassert\b.*\(/.test(line)).length;
  const throws = lines.flatMap((line, index) => (/\bthrow\b/.test(line) ? [index + 1] : []));
  if (error) {
    const [name, message, stack] = error;
    const line = Number(/<anonymous>:(\d+):\d+/.exec(stack)?.[1] ?? 0);
    const described = [name, message].filter(Boolean).join(': ');
    const where = line > 0 ? `line ${line} (${lines[line - 1]?.trim().slice(0, 100)}): ` : '';
    // Tests that throw stop at the first wrong result: those before it held.
    const held = made > 0 ? made - failed : throws.filter((each) => each < line).length;
    const total = Math.max(made, made > 0 ? asserts : throws.length, held + 1);
    return { status: 'failed', message: `${where}${first || described}`, passed: held, total };
  }
  const total = made > 0 ? Math.max(made, 1) : throws.length;
  if (!finished) return { status: 'failed', message: 'the tests never finished', passed: 0, total: Math.max(total, 1) };
  if (failed > 0) return { status: 'failed', message: first, passed: made - failed, total };
  if (made === 0 && throws.length === 0)
    return { status: 'failed', message: 'no assertion was reached', passed: 0, total: 1 };
  return { status: 'passed', message: '', passed: total, total };
}
