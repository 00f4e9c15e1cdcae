import { openSandbox, type Sandbox, type TestResult } from '../../sandbox/index.ts';

/** Limits that end a bomb soon. */
export const sandbox: Sandbox = openSandbox({ processes: 2, limits: { cpuMs: 300, wallMs: 10_000, memoryMb: 32 } });

/** A number that no program can guess: stands where an expected value would. */
export const SECRET = 918_273_645;

/**
 * Runs an attack that must earn nothing: `f` is asked for a number it cannot know, as a call, and by two kinds of suite. An
 * attack passes when one of them does.
 */
export async function attack(program: string): Promise<TestResult[]> {
  const suites = [
    `const _ = require("lodash");\nfunction compare(a, b) { return _.isEqual(a, b); }\nvar x0 = f(1);\nvar v0 = ${SECRET};\nif (!compare(x0, v0)) { throw 'Error at 1th assert statement. Value = ' + JSON.stringify(x) }`,
    `const testF = () => {\n  console.assert(f(1) === ${SECRET})\n  console.assert(JSON.stringify(f(2)) === JSON.stringify(${SECRET}))\n}\n\ntestF()`,
    `const assert = require('assert');\nassert.deepStrictEqual(f(1), ${SECRET});\nassert.strictEqual(f(2), ${SECRET});`,
  ];
  const verdicts = await Promise.all([
    sandbox.run({ program, tests: { kind: 'calls', entryPoint: 'f', cases: [{ args: [1], expected: SECRET }] } }),
    ...suites.map((code) => sandbox.run({ program, tests: { kind: 'suite', code } })),
  ]);
  return verdicts.flatMap((verdict) => {
    if (verdict.outcome === 'infra_error') throw new Error(verdict.reason);
    return verdict.tests;
  });
}

/** Names of the tests that an attack passed: none. */
export async function passes(program: string): Promise<string[]> {
  return (await attack(program)).filter(({ status }) => status === 'passed').map(({ name }) => name);
}

/** What `f()` returns: what a program finds in its world. */
export async function probe(program: string, expected: unknown): Promise<string> {
  const tests = { kind: 'calls', entryPoint: 'f', cases: [{ args: [], expected }] } as const;
  const verdict = await sandbox.run({ program, tests });
  if (verdict.outcome === 'infra_error') return verdict.reason;
  const [result] = verdict.tests;
  return result!.status === 'passed' ? 'as expected' : `${result!.status}: ${result!.message}`;
}

/** After an attack, the next program is judged as if nothing had been. */
export async function stillWorks(): Promise<boolean> {
  return (await probe('const f = () => 1 + 1', 2)) === 'as expected';
}
