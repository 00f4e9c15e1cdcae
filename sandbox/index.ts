import { findProtections, type Protections } from './launch.ts';
import { Pool, type PoolResult } from './pool.ts';
import {
  DEFAULT_LIMITS,
  type Candidate,
  type Job,
  type Limits,
  type ProgramRequest,
  type TestResult,
  type TestStatus,
  type Verdict,
} from './requests.ts';
import { decodeTree, encodeJson, equalsJson, showTree } from './values.ts';

export { lastDeclared, programsIn } from './completion.ts';
export { DEFAULT_LIMITS } from './requests.ts';
export type { Protections } from './launch.ts';
export type * from './requests.ts';

export interface SandboxOptions {
  /** Worker processes at most, each on one core. All cores when nothing is said. They start when needed. */
  readonly processes?: number;
  /** Where a request says nothing. No request may have more memory. */
  readonly limits?: Partial<Limits>;
}

/** Runs programs that nobody has read. */
export interface Sandbox {
  /** What holds its workers on this machine. */
  readonly protections: Protections;
  /**
   * Judges one program. Many may be asked for at once. The same program gets the same verdict each time, as far as it is
   * the program that decides: its random numbers are the same in each run, its clock is not.
   *
   * @throws The signal's reason when that is aborted; RangeError for a request that makes no sense.
   */
  run(request: ProgramRequest, options?: { readonly signal?: AbortSignal }): Promise<Verdict>;
  /** Ends the workers. What still runs ends as `infra_error`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a sandbox: isolates in worker processes that have limits of the operating system on them, and that are replaced when
 * they die. They end with this process, however that ends.
 *
 *     await using sandbox = openSandbox();
 *     const tests = { kind: 'calls', entryPoint: 'f', cases: [{ args: [1], expected: 2 }] };
 *     const verdict = await sandbox.run({ program: 'const f = (x) => x + 1', tests });
 */
export function openSandbox({ processes, limits }: SandboxOptions = {}): Sandbox {
  const defaults = { ...DEFAULT_LIMITS, ...limits };
  const protections = findProtections(defaults.memoryMb);
  const pool = new Pool(protections, processes);
  return {
    protections,
    run: async (request, { signal } = {}) => {
      const own = { ...defaults, ...request.limits };
      checkLimits(own, defaults.memoryMb);
      return runProgram(pool, request, own, signal);
    },
    close: () => pool.close(),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

/** After one of these the tests that follow are not run: the next one would most likely take as long. */
const ENDS_ALL: ReadonlySet<TestStatus> = new Set(['syntax', 'timeout', 'memory', 'crashed']);

async function runProgram(
  pool: Pool,
  request: ProgramRequest,
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const tests: TestResult[] = [];
  for (const { job, judge, name } of jobsOf(request, limits)) {
    const last = tests.at(-1);
    if (last && (ENDS_ALL.has(last.status) || last.status === 'skipped')) {
      tests.push({ name, status: 'skipped', message: 'not run', passed: 0, total: 1, ms: 0, cpuMs: 0, memoryBytes: 0 });
      continue;
    }
    const result = await pool.run(job, signal);
    if (result.status === 'infra') return { outcome: 'infra_error', reason: `sandbox: ${result.message}` };
    tests.push({ name, ...judge(result) });
  }
  return { outcome: 'judged', tests };
}

interface PlannedTest {
  readonly name: string;
  readonly job: Job;
  readonly judge: (result: PoolResult) => Omit<TestResult, 'name'>;
}

function jobsOf({ program, language = 'auto', tests }: ProgramRequest, limits: Limits): PlannedTest[] {
  const candidates: readonly Candidate[] = typeof program === 'string' ? [{ code: program }] : program;
  if (candidates.length === 0) throw new RangeError('sandbox: got no reading of the program, expected at least one');
  const plan = { candidates, language, limits };
  switch (tests.kind) {
    case 'suite':
      return (typeof tests.code === 'string' ? [tests.code] : tests.code).map((code, index) => ({
        name: String(index + 1),
        job: { ...plan, test: { kind: 'suite', code } },
        judge: asTold,
      }));
    case 'calls':
      return tests.cases.map(({ args, expected }, index) => ({
        name: String(index + 1),
        job: { ...plan, test: { kind: 'call', entryPoint: tests.entryPoint, args: encodeJson(args) } },
        judge: (result) => compare(result, (text) => compareReturned(text, args, expected)),
      }));
    case 'io':
      return tests.cases.map(({ input, expected }, index) => ({
        name: String(index + 1),
        job: { ...plan, test: { kind: 'io', input } },
        judge: (result) => compare(result, (text) => comparePrinted(text, expected)),
      }));
  }
}

function asTold(result: PoolResult): Omit<TestResult, 'name'> {
  const { status, message, ms, cpuMs, memoryBytes } = result;
  const { passed = 0, total = 1 } = 'passed' in result ? result : {};
  // Neither can be: `infra` was dealt with, and a suite returns nothing. If one were, it would be no pass.
  const known = status === 'infra' || status === 'returned' ? 'failed' : status;
  return { status: known, message, passed, total, ms, cpuMs, memoryBytes };
}

/** @param difference What is wrong with what the program gave; null when nothing is. */
function compare(result: PoolResult, difference: (text: string) => string | null): Omit<TestResult, 'name'> {
  if (result.status !== 'returned') return { ...asTold(result), passed: 0, total: 1 };
  const { ms, cpuMs, memoryBytes } = result;
  const message = difference(result.value ?? '');
  const passed = message === null;
  return {
    status: passed ? 'passed' : 'failed',
    message: message ?? '',
    passed: passed ? 1 : 0,
    total: 1,
    ms,
    cpuMs,
    memoryBytes,
  };
}

function compareReturned(text: string, args: readonly unknown[], expected: unknown): string | null {
  try {
    const actual = decodeTree(text);
    if (equalsJson(actual, expected)) return null;
    const short = (value: string | undefined) => (value ?? 'undefined').slice(0, 200);
    const given = args.map((arg) => short(JSON.stringify(arg))).join(', ');
    return `(${given}) gave ${short(showTree(actual))}, expected ${short(JSON.stringify(expected))}`;
  } catch {
    return 'what it returned cannot be read';
  }
}

/** Spaces at the ends of lines, and empty lines at the end, do not count. */
function comparePrinted(text: string, expected: string): string | null {
  const lines = (value: string) =>
    value
      .replaceAll('\r\n', '\n')
      .split('\n')
      .map((line) => line.trimEnd());
  const [given, wanted] = [lines(text), lines(expected)];
  for (const list of [given, wanted]) while (list.at(-1) === '') list.pop();
  const at = Array.from({ length: Math.max(given.length, wanted.length) }, (_, i) => i).find(
    (i) => given[i] !== wanted[i],
  );
  if (at === undefined) return null;
  const show = (line: string | undefined) => (line === undefined ? 'nothing' : JSON.stringify(line.slice(0, 200)));
  return `line ${at + 1} is ${show(given[at])}, expected ${show(wanted[at])}`;
}

function checkLimits(limits: Limits, mostMb: number): void {
  for (const [name, value] of Object.entries(limits))
    if (!(Number.isFinite(value) && value > 0))
      throw new RangeError(`sandbox: ${name}: got ${value}, expected more than 0`);
  if (limits.memoryMb < 8) throw new RangeError(`sandbox: memoryMb: got ${limits.memoryMb}, expected at least 8`);
  if (limits.memoryMb > mostMb)
    throw new RangeError(
      `sandbox: memoryMb: got ${limits.memoryMb}, expected at most ${mostMb}, which the workers are held to`,
    );
}
