/**
 * Ends a reward host that its own thread cannot end: when the process that started it is gone, even while a reward loops for
 * ever, and when it takes more memory than it may. Runs as a thread of the host.
 */
import { writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

export interface WatchdogOptions {
  /** Process that started the host. */
  readonly parent: number;
  /** Of the whole process, native memory included. */
  readonly maxRssMb: number;
}

/** Where a host says why it ends. */
export const LAST_WORDS_FD = 4;

const EVERY_MS = 200;
const MB = 2 ** 20;

if (!isMainThread) {
  const { parent, maxRssMb } = workerData as WatchdogOptions;
  setInterval(() => {
    if (process.ppid !== parent) endGroup();
    const rssMb = process.memoryUsage.rss() / MB;
    if (rssMb <= maxRssMb) return;
    writeSync(LAST_WORDS_FD, `it took ${Math.round(rssMb)} MB of memory, the limit is ${maxRssMb} MB`);
    endGroup();
  }, EVERY_MS);
}

/** A host leads a group of its own, so that what a reward started ends with it. */
export function endGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}
