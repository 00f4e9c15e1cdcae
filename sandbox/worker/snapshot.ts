import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import ivm from 'isolated-vm';

/**
 * What a new isolate holds. Each millisecond of making it is paid for every test, so it holds no more than the test needs:
 * what it takes to run; to be judged by code as well; and lodash, whose objects alone take a millisecond.
 */
export type Contents = 'run' | 'judge' | 'lodash';

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

const made = new Map<Contents, ivm.ExternalCopy<ArrayBuffer>>();

/** All there are: V8 makes no snapshot once another isolate has come to life. */
export function makeSnapshots(): void {
  for (const contents of ['run', 'judge', 'lodash'] as const) snapshotWith(contents);
}

/**
 * Heap of a new isolate in which the realm's own code has run, so that it need not run again for each test. Lives in this
 * process: no file could be exchanged.
 */
export function snapshotWith(contents: Contents): ivm.ExternalCopy<ArrayBuffer> {
  const known = made.get(contents);
  if (known) return known;
  const realm = (contents === 'run' ? RUN : RUN_AND_JUDGE).map(fileOf).join('\n');
  const scripts = [{ code: `(() => { 'use strict';\n${realm}\n})();`, filename: 'realm' }];
  if (contents !== 'run') {
    const evaluate = fileOf('evaluate').replace(/^\/\/.*$/gm, '');
    scripts.unshift({ code: `globalThis.evaluateTests = ${evaluate.trim()};`, filename: 'evaluate' });
  }
  if (contents === 'lodash') {
    const file = createRequire(import.meta.url).resolve('lodash/lodash.min.js');
    scripts.unshift({ code: readFileSync(file, 'utf8'), filename: 'lodash' });
  }
  const snapshot = ivm.Isolate.createSnapshot(scripts, WARM_UP);
  made.set(contents, snapshot);
  return snapshot;
}

function fileOf(name: string): string {
  return readFileSync(new URL(`../realm/${name}.js`, import.meta.url), 'utf8');
}
