/**
 * A worker: reads tests from its parent, runs each in an isolate, writes what became of it. Started by sandbox/launch.ts with
 * limits of the operating system on it. There is no event loop to speak of: a busy isolate blocks all but the watchdog.
 */
import { Worker } from 'node:worker_threads';

import { FrameReader, readFrames, RETIRED, writeFrame } from '../frames.ts';
import type { Job, JobResult } from '../requests.ts';
import { execute } from './execute.ts';
import { makeSnapshots } from './snapshot.ts';
import { parserIsSuspect } from './source.ts';

/** Descriptors as the parent sets them up: one that only says that it lives, and one for messages. */
const LIFE = 0;
const MESSAGES = 3;

// Before the thread below: V8 makes no snapshot while another isolate comes to life.
makeSnapshots();

// A thread of its own notices the parent's end even while an isolate is busy here. Nothing is ever written to it.
new Worker(
  `const { readSync } = require('node:fs');
   try { while (readSync(${LIFE}, Buffer.alloc(1)) > 0); } finally { process.kill(process.pid, 'SIGKILL'); }`,
  { eval: true },
);

writeFrame(MESSAGES, { ready: true });

const reader = new FrameReader();
const buffer = Buffer.alloc(2 ** 16);
for (;;) {
  const jobs = readFrames(MESSAGES, reader, buffer);
  if (jobs === null) process.kill(process.pid, 'SIGKILL');
  for (const job of jobs ?? []) {
    answer(execute(job as Job));
    // Whatever a parser went wrong over must not be the next program's trouble.
    if (parserIsSuspect()) process.kill(process.pid, RETIRED);
  }
}

function answer(result: JobResult): void {
  try {
    writeFrame(MESSAGES, result);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { ms, cpuMs, memoryBytes } = result;
    writeFrame(MESSAGES, {
      status: 'output',
      message: 'returned too much',
      ms,
      cpuMs,
      memoryBytes,
    } satisfies JobResult);
  }
}
