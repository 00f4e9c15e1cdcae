import { availableParallelism } from 'node:os';
import * as z from 'zod';

import { lastDeclared, openSandbox, programsIn, type Sandbox, type TestResult, type Tests } from '../sandbox/index.ts';
import { defineReward, type Outcome, type RewardContext, type Sample } from '../sdk/reward.ts';

const Params = z.strictObject({
  credit: z
    .enum(['all', 'rate'])
    .default('all')
    .describe('`all`: 1 when every test passes, else 0. `rate`: the share of tests, or of assertions, that pass.'),
  thresholds: z
    .array(z.number().gt(0).max(1))
    .min(1)
    .optional()
    .describe('With `rate`: the score is the highest of these that the share reaches, or 0.'),
  language: z
    .enum(['auto', 'javascript', 'typescript'])
    .default('auto')
    .describe('`auto` reads as TypeScript what is no JavaScript.'),
  cpuMs: z.number().positive().max(60_000).default(1000).describe('CPU time of each test, in milliseconds.'),
  wallMs: z
    .number()
    .positive()
    .max(120_000)
    .default(20_000)
    .describe('Time of each test by the clock, in milliseconds.'),
  memoryMb: z.number().min(8).max(1024).default(64).describe('Memory of each test, in MiB.'),
  outputChars: z.int().positive().max(10_000_000).default(65_536).describe('Most that a test may print or return.'),
});

const Case = z.strictObject({
  /** Arguments of the entry point. */
  args: z.array(z.unknown()).optional(),
  /** With an entry point its only argument, without one the text on standard input. */
  input: z.unknown().optional(),
  expected: z.unknown(),
});

const Columns = z.strictObject({
  /** Assertions as code; several texts are several tests. They throw, use console.assert, or the module assert. */
  tests: z.union([z.string(), z.array(z.string())]).nullish(),
  /** Calls with expected results, or inputs with expected outputs. */
  cases: z.array(Case).nullish(),
  /** The function that is called. Without it, the one that the prompt or the completion declares last. */
  entryPoint: z.string().nullish(),
  /** What the completion may continue; the sample's prompt when there is none. */
  prompt: z.string().nullish(),
});

type Parameters = z.infer<typeof Params>;
type Row = z.infer<typeof Columns>;

/**
 * Runs the completion's program against the row's tests, in a sandbox. 1 when it passes.
 *
 * A program that gives wrong results is scored; one that does not parse, throws, or uses up its time or memory is a policy
 * error with the credit of what passed before. What the sandbox cannot judge is an infra error, never a pass.
 */
export default defineReward({
  name: 'code-execution',
  version: 2,
  params: Params,
  columns: Columns,
  range: [0, 1],
  timeoutMs: 600_000,
  score: (samples, params, context) => Promise.all(samples.map((sample) => scoreOne(sample, params, context))),
});

/** By the memory that their workers are held to. */
const opened = new Map<number, Sandbox>();

/** One for the process: its workers stay warm, and end with it. Hosts are as many as cores, so half of those here. */
function sandboxWith(memoryMb: number): Sandbox {
  const processes = Math.max(1, Math.floor(availableParallelism() / 2));
  const sandbox = opened.get(memoryMb) ?? openSandbox({ processes, limits: { memoryMb } });
  opened.set(memoryMb, sandbox);
  return sandbox;
}

async function scoreOne(sample: Sample<Row>, params: Parameters, context: RewardContext): Promise<Outcome> {
  const { credit, thresholds, language, ...limits } = params;
  const { completion, row } = sample;
  const prompt = row.prompt ?? sample.prompt;
  const entryPoint = row.entryPoint ?? undefined;
  const all = testsOf(row, entryPoint ?? lastDeclared(prompt) ?? lastDeclared(completion));
  if (typeof all === 'string') return { outcome: 'abstained', reason: all };
  const program = programsIn({ completion, prompt, entryPoint });
  const results: TestResult[] = [];
  for (const tests of all) {
    const verdict = await sandboxWith(limits.memoryMb).run(
      { program, language, tests, limits },
      { signal: context.signal },
    );
    if (verdict.outcome === 'infra_error') return verdict;
    results.push(...verdict.tests);
  }
  context.log(sample as Sample<never>, columnsOf(results));
  return judge(results, { credit, thresholds });
}

/** What a row asks for, or why that cannot be tested. */
function testsOf({ tests, cases }: Row, entryPoint: string | undefined): Tests[] | string {
  const all: Tests[] = [];
  const suites = (typeof tests === 'string' ? [tests] : (tests ?? [])).filter((code) => code.trim() !== '');
  if (suites.length > 0) all.push({ kind: 'suite', code: suites });
  const inputs: { input: string; expected: string }[] = [];
  const calls: { args: readonly unknown[]; expected: unknown }[] = [];
  for (const [index, { args, input, expected }] of (cases ?? []).entries()) {
    if (expected === undefined) return `case ${index + 1} of the row has no expected result`;
    if (args !== undefined) calls.push({ args, expected });
    else if (input !== undefined && entryPoint !== undefined && !isText(input, expected))
      calls.push({ args: [input], expected });
    else if (isText(input, expected)) inputs.push({ input: input as string, expected: expected as string });
    else return `case ${index + 1} of the row has neither args nor a text as input with a text that is expected`;
  }
  if (calls.length > 0 && entryPoint === undefined) return 'the row has calls and nothing says of which function';
  if (calls.length > 0) all.push({ kind: 'calls', entryPoint: entryPoint!, cases: calls });
  if (inputs.length > 0) all.push({ kind: 'io', cases: inputs });
  return all.length > 0 ? all : 'the row has neither tests nor cases';
}

function isText(input: unknown, expected: unknown): boolean {
  return typeof input === 'string' && typeof expected === 'string';
}

function judge(
  results: readonly TestResult[],
  { credit, thresholds }: Pick<Parameters, 'credit' | 'thresholds'>,
): Outcome {
  const [passed, total] = countOf(results);
  const wrong = results.findIndex(({ status }) => status !== 'passed');
  const first = results[wrong];
  if (!first) return { outcome: 'scored', score: 1, reason: `passed: ${passed} of ${total}` };
  const rate = total === 0 ? 0 : passed / total;
  const reached = thresholds ? Math.max(0, ...thresholds.filter((threshold) => rate >= threshold)) : rate;
  const score = credit === 'all' ? 0 : reached;
  const reason = `${first.status}: test ${first.name}: ${first.message}; ${passed} of ${total} passed`;
  const atFault = results.some(({ status }) => status !== 'passed' && status !== 'failed');
  return { outcome: atFault ? 'policy_error' : 'scored', score, reason };
}

function countOf(results: readonly TestResult[]): [passed: number, total: number] {
  const sum = (key: 'passed' | 'total') => results.reduce((all, result) => all + result[key], 0);
  return [sum('passed'), sum('total')];
}

/** For the run's table of samples. No times: a step that is done again must give the same line. */
function columnsOf(results: readonly TestResult[]): Record<string, string | number> {
  const [passed, total] = countOf(results);
  const status = results.find((result) => result.status !== 'passed')?.status ?? 'passed';
  return { status, passed, total };
}
