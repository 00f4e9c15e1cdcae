/** What the sandbox is asked, and what it answers. Plain JSON both ways. */

/** What one test may use. Each holds for every test by itself: tests share nothing. */
export interface Limits {
  /** CPU time of the program and its tests, in milliseconds. */
  readonly cpuMs: number;
  /** Time by the clock, in milliseconds: the last resort when the machine is busy or V8 does not listen. */
  readonly wallMs: number;
  /** Heap and array buffers together, in MiB. V8 reacts late: up to 3 times as much for a moment. */
  readonly memoryMb: number;
  /** Of what the program prints, and of what it returns, in characters. */
  readonly outputChars: number;
}

/** A second is long for a small program and short for a training step; 64 MiB is what a browser tab gives a page. */
export const DEFAULT_LIMITS: Limits = { cpuMs: 1000, wallMs: 20_000, memoryMb: 64, outputChars: 65_536 };

/** A function called with arguments; its result is compared outside the isolate. */
export interface CallCase {
  readonly args: readonly unknown[];
  readonly expected: unknown;
}

/** A program run with a text on its standard input; what it prints is compared outside the isolate. */
export interface InputCase {
  readonly input: string;
  readonly expected: string;
}

/** How a program is tested. Each case, and each suite, gets an isolate of its own. */
export type Tests =
  /** Assertions as code, one test or several. They run in a realm of their own, to which the program's data is copied. */
  | { readonly kind: 'suite'; readonly code: string | readonly string[] }
  | { readonly kind: 'calls'; readonly entryPoint: string; readonly cases: readonly CallCase[] }
  | { readonly kind: 'io'; readonly cases: readonly InputCase[] };

/** A reading of a completion as a program. */
export interface Candidate {
  readonly code: string;
  /**
   * Set when the code continues a prompt, whose length this is: what follows the shortest run of whole lines that
   * parses is then cut off when the whole does not parse. Models go on after the end of a function.
   */
  readonly continuesFrom?: number;
}

export interface ProgramRequest {
  /** Readings in order of preference: the first one that parses is run. At least one. */
  readonly program: string | readonly Candidate[];
  /** `auto` reads what does not parse as JavaScript as TypeScript. */
  readonly language?: 'auto' | 'javascript' | 'typescript';
  readonly tests: Tests;
  readonly limits?: Partial<Limits>;
}

/**
 * How a test ended. `passed` is right, `failed` is wrong; the others are faults of the program: it does not parse, threw,
 * printed or returned too much, used up its time or memory, brought V8 down, or was not run after such a thing.
 */
export type TestStatus =
  'passed' | 'failed' | 'syntax' | 'exception' | 'output' | 'timeout' | 'memory' | 'crashed' | 'skipped';

export interface TestResult {
  /** The number of the suite or case, from 1. */
  readonly name: string;
  readonly status: TestStatus;
  /** Why, for people. Empty when passed. May quote expected values: not for the program's eyes. */
  readonly message: string;
  /** Assertions that held and assertions there are. 1 of 1 for a passed case. */
  readonly passed: number;
  readonly total: number;
  /** By the clock and of CPU, in milliseconds, without the making of the isolate. */
  readonly ms: number;
  readonly cpuMs: number;
  /** Heap and array buffers at the end, in bytes; 0 when the isolate was gone. */
  readonly memoryBytes: number;
}

export type Verdict =
  /** The program was judged: one result for each test, in order. */
  | { readonly outcome: 'judged'; readonly tests: readonly TestResult[] }
  /** The sandbox could not judge. Says nothing about the program. */
  | { readonly outcome: 'infra_error'; readonly reason: string };

/** One test as a worker gets it. Expected values of cases stay with the parent. */
export interface Job {
  readonly candidates: readonly Candidate[];
  readonly language: 'auto' | 'javascript' | 'typescript';
  readonly limits: Limits;
  readonly test:
    | { readonly kind: 'suite'; readonly code: string }
    | { readonly kind: 'call'; readonly entryPoint: string; readonly args: string }
    | { readonly kind: 'io'; readonly input: string };
}

/** What became of a job. `value` is what the program gave: an encoded result, or what it printed. */
export interface JobResult {
  readonly status: Exclude<TestStatus, 'crashed' | 'skipped'> | 'returned' | 'infra';
  readonly message: string;
  readonly value?: string;
  readonly passed?: number;
  readonly total?: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}
