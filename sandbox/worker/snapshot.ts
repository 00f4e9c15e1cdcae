import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import ivm from 'isolated-vm';

/** What a new isolate holds. Each millisecond of making it is paid for every test, so it holds no more than the test needs. */
export interface Contents {
  /** Its objects alone take a millisecond. */
  readonly lodash: boolean;
  /** What it takes to be judged by code, beyond what it takes to run. */
  readonly judge: boolean;
}

const RUN = ['primordials', 'codec', 'environment', 'program', 'boot'];
const RUN_AND_JUDGE = ['primordials', 'codec', 'bridge', 'environment', 'assert', 'program', 'judge', 'boot'];

/** Run in a context that is thrown away: what it had compiled is in the snapshot, compiled. */
const WARM_UP = `
  const program = programRealm;
  const judge = globalThis.judgeRealm;
  program('run', 'function f(x) { return { a: [x], b: "c" } }', 'f', '["a",1,["o","k",["a",2]]]', 1000);
  program('state');
  if (judge !== undefined) {
    judge('connect', program, 1000);
    judge('prepare', 'console.assert([1].length === 1); f(1)');
    program('enter', judge, 'run');
    program('tick');
    program('enter', judge, 'tick');
    judge('verdict');
  }
`;

const made = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();

/** All there are: V8 makes no snapshot once another isolate has come to life. */
export function makeSnapshots(): void {
  for (const lodash of [false, true]) for (const judge of [false, true]) snapshotWith({ lodash, judge });
}

/**
 * Heap of a new isolate in which the realm's own code has run, so that it need not run again for each test. Lives in this
 * process: no file could be exchanged.
 */
export function snapshotWith({ lodash, judge }: Contents): ivm.ExternalCopy<ArrayBuffer> {
  const key = `${lodash} ${judge}`;
  const known = made.get(key);
  if (known) return known;
  const realm = (judge ? RUN_AND_JUDGE : RUN).map(fileOf).join('\n');
  const scripts = [{ code: `(() => { 'use strict';\n${realm}\n})();`, filename: 'realm' }];
  if (judge) {
    const evaluate = fileOf('evaluate').replace(/^\/\/.*$/gm, '');
    scripts.unshift({ code: `globalThis.evaluateTests = ${evaluate.trim()};`, filename: 'evaluate' });
  }
  if (lodash) {
    const file = createRequire(import.meta.url).resolve('lodash/lodash.min.js');
    scripts.unshift({ code: readFileSync(file, 'utf8'), filename: 'lodash' });
  }
  const snapshot = ivm.Isolate.createSnapshot(scripts, WARM_UP);
  made.set(key, snapshot);
  return snapshot;
}

function fileOf(name: string): string {
  return readFileSync(new URL(`../realm/${name}.js`, import.meta.url), 'utf8');
}
