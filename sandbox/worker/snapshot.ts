import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import ivm from 'isolated-vm';

const FILES = ['primordials', 'codec', 'bridge', 'environment', 'assert', 'program', 'judge', 'boot'];

/** Run in a context that is thrown away: what it had compiled is in the snapshot, compiled. */
const WARM_UP = `
  const start = boot;
  const program = start('program');
  program('limits', 1000, 1000);
  program('run', 'function f(x) { return { a: [x], b: "c" } }', 'f', '["a",1,["o","k",["a",2]]]');
  program('state');
  const judge = start('judge');
  judge('connect', program, 1000);
  judge('prepare', 'console.assert([1].length === 1); f(1)', '["f"]');
  program('enter', judge, 'run');
  program('tick');
  program('enter', judge, 'tick');
  judge('verdict');
`;

const made = new Map<boolean, ivm.ExternalCopy<ArrayBuffer>>();

/**
 * Heap of a new isolate in which the realm's own code has run, so that it need not run again for each test. lodash, whose
 * objects take a millisecond to make, is in it only when asked for. Lives in this process: no file could be exchanged.
 */
export function snapshotWith(lodash: boolean): ivm.ExternalCopy<ArrayBuffer> {
  const known = made.get(lodash);
  if (known) return known;
  const realm = FILES.map(fileOf).join('\n');
  const scripts = [
    {
      code: `globalThis.evaluateTests = ${fileOf('evaluate')
        .replace(/^\/\/.*$/gm, '')
        .trim()};`,
      filename: 'evaluate',
    },
    { code: `(() => { 'use strict';\n${realm}\n})();`, filename: 'realm' },
  ];
  if (lodash) {
    const file = createRequire(import.meta.url).resolve('lodash/lodash.min.js');
    scripts.unshift({ code: readFileSync(file, 'utf8'), filename: 'lodash' });
  }
  const snapshot = ivm.Isolate.createSnapshot(scripts, WARM_UP);
  made.set(lodash, snapshot);
  return snapshot;
}

function fileOf(name: string): string {
  return readFileSync(new URL(`../realm/${name}.js`, import.meta.url), 'utf8');
}
