/**
 * Runs TensorFlow.js's own published tests against our native binding: `npm run test:tfjs-core`. Left out are those that
 * tfjs-node's test run leaves out too. Exit code 1 when a test fails that is not in known-failures.mjs, or when one that
 * is there passes.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';

import { KNOWN_FAILURES } from './known-failures.mjs';

process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
const load = createRequire(import.meta.url);
const BACKEND = '@tensorflow/tfjs-node-gpu';

/** @typedef {{ passed: number, ignored: number, pending: number, failed: Map<string, string> }} Outcome */

/** What tfjs-node does not run: parts of names, from the source of its test run. */
async function ignoredNames() {
  const source = await readFile(join(load.resolve(`${BACKEND}/package.json`), '../src/run_tests.ts'), 'utf8');
  const list = /const IGNORE_LIST: string\[\] = (\[[^]*?\n\]);/.exec(source)?.[1];
  if (!list) throw new Error(`${BACKEND}/src/run_tests.ts: no IGNORE_LIST; has the package changed?`);
  // An array of string literals with comments between them.
  return /** @type {string[]} */ (new Function(`return ${list}`)());
}

/** Loads the tests, bundled because they import each other without file extensions. */
async function loadTests() {
  const folder = await mkdtemp(join(tmpdir(), 'cabochon-tfjs-core-'));
  const outfile = join(folder, 'tests.cjs');
  try {
    await build({
      ...{ entryPoints: [join(import.meta.dirname, 'entry.mjs')], outfile, logLevel: 'warning' },
      ...{ bundle: true, platform: 'node', format: 'cjs' },
      // The package calls its tests free of side effects, which would leave nothing of them.
      ignoreAnnotations: true,
    });
    load(BACKEND);
    load(outfile);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * @typedef {{ fullName: string, status: string, failedExpectations: readonly { message: string }[] }} Spec
 *
 * @param {any} env Of Jasmine, which has no types here.
 * @param {string[]} ignored
 * @returns {Promise<Outcome>}
 */
function runTests(env, ignored) {
  /** @type {Outcome} */
  const outcome = { passed: 0, ignored: 0, pending: 0, failed: new Map() };
  env.configure({
    random: false,
    specFilter: (/** @type {{ getFullName(): string }} */ spec) =>
      !ignored.some((name) => spec.getFullName().includes(name)),
  });
  return new Promise((resolve) => {
    env.addReporter({
      specDone(/** @type {Spec} */ { fullName, status, failedExpectations }) {
        if (status === 'passed') outcome.passed++;
        else if (status === 'failed') outcome.failed.set(fullName, failedExpectations[0]?.message ?? '');
        else if (status === 'excluded') outcome.ignored++;
        else outcome.pending++;
      },
      jasmineDone: () => resolve(outcome),
    });
    void env.execute();
  });
}

/** @param {Outcome} outcome */
function report({ passed, ignored, pending, failed }) {
  const unknown = [...failed].filter(([name]) => !KNOWN_FAILURES.has(name));
  if (!passed) throw new Error('no test ran: the tests were not found in the bundle');
  const mended = [...KNOWN_FAILURES.keys()].filter((name) => !failed.has(name));
  for (const [name, reason] of KNOWN_FAILURES) if (failed.has(name)) console.log(`known failure: ${name}: ${reason}`);
  for (const [name, message] of unknown) console.log(`FAILED: ${name}: ${message}`);
  for (const name of mended) console.log(`NO LONGER FAILS: ${name}: take it off known-failures.mjs`);
  console.log(
    `${ignored} ignored as in tfjs-node's own run, ${pending} pending, ${failed.size - unknown.length} known failures`,
  );
  console.log(`${passed} passed, ${unknown.length + mended.length} failed`);
  return unknown.length + mended.length === 0;
}

const jasmineCore = load('jasmine-core');
// Also makes `describe`, `it` and the rest global, as the tests expect.
const jasmine = jasmineCore.boot(jasmineCore);
const ignored = await ignoredNames();
await loadTests();
process.exitCode = report(await runTests(jasmine.getEnv(), ignored)) ? 0 : 1;
