import { availableParallelism } from 'node:os';
import { rm } from 'node:fs/promises';

import { Child, type JobEnd } from './child.ts';
import { emptyFolder, type Protections } from './launch.ts';
import type { Job, JobResult } from './requests.ts';

/** What the pool makes of a job: the worker's result, or what its death says about the program. */
export type PoolResult =
  JobResult | (Pick<JobResult, 'message' | 'ms' | 'cpuMs' | 'memoryBytes'> & { status: 'crashed' });

interface Waiting {
  readonly job: Job;
  readonly signal: AbortSignal | undefined;
  readonly done: (result: PoolResult) => void;
  /** How many workers died with it. */
  deaths: number;
}

/** Jobs given to a worker ahead of their turn, so that it never waits for the parent. */
const WINDOW = 8;
/** A worker is replaced after so many jobs: V8 gives not all memory of an isolate back. */
const MOST_JOBS = 5000;
/** A worker that starts is not worth waiting for after so many that did not, one after another. */
const MOST_FAILED_STARTS = 2;

/** Signals by which V8 and the system end a process that went wrong by itself. */
const FAULTS = new Set(['SIGABRT', 'SIGTRAP', 'SIGSEGV', 'SIGILL', 'SIGBUS', 'SIGFPE', 'SIGSYS', 'SIGXCPU', 'SIGXFSZ']);

/** Worker processes, replaced when they die, and the queue before them. */
export class Pool {
  readonly #protections: Protections;
  readonly #processes: number;
  readonly #folder = emptyFolder();
  readonly #children = new Set<Child>();
  readonly #jobs = new WeakMap<Child, number>();
  readonly #queue: Waiting[] = [];
  #failedStarts = 0;
  #starting = 0;
  #closed = false;

  constructor(protections: Protections, processes = availableParallelism()) {
    this.#protections = protections;
    this.#processes = processes;
  }

  /** @throws The signal's reason when that is aborted; the job may then still run to its end. */
  run(job: Job, signal?: AbortSignal): Promise<PoolResult> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', abort, { once: true });
      const done = (result: PoolResult) => {
        signal?.removeEventListener('abort', abort);
        resolve(result);
      };
      this.#queue.push({ job, signal, done, deaths: 0 });
      this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#fail('the sandbox was closed');
    const children = [...this.#children];
    children.forEach((child) => child.kill());
    await Promise.all(children.map((child) => child.gone));
    await rm(this.#folder, { recursive: true, force: true });
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      const free = [...this.#children].filter((child) => child.load < WINDOW).sort((a, b) => a.load - b.load)[0];
      if ((!free || free.load > 0) && this.#children.size + this.#starting < this.#processes) this.#start();
      if (!free) return;
      const waiting = this.#queue.shift()!;
      if (!waiting.signal?.aborted) void this.#give(free, waiting);
    }
  }

  #start(): void {
    if (this.#closed) return;
    this.#starting++;
    const child = new Child(this.#protections, this.#folder);
    child.ready.then(
      () => {
        this.#starting--;
        this.#failedStarts = 0;
        if (this.#closed) return child.kill();
        this.#children.add(child);
        this.#pump();
      },
      (error: Error) => {
        this.#starting--;
        if (++this.#failedStarts >= MOST_FAILED_STARTS && this.#children.size === 0) this.#fail(error.message);
        else this.#pump();
      },
    );
  }

  async #give(child: Child, waiting: Waiting): Promise<void> {
    const jobs = (this.#jobs.get(child) ?? 0) + 1;
    this.#jobs.set(child, jobs);
    if (jobs >= MOST_JOBS) this.#children.delete(child);
    const end = await child.send(waiting.job);
    if (child.ended) this.#children.delete(child);
    else if (jobs >= MOST_JOBS && child.load === 0) child.kill();
    const result = this.#closed ? infra('the sandbox was closed') : judgeEnd(end, waiting);
    if (result) waiting.done(result);
    else this.#queue.unshift(waiting);
    this.#pump();
  }

  #fail(reason: string): void {
    this.#failedStarts = 0;
    for (const { done } of this.#queue.splice(0)) done(infra(reason));
  }
}

/** Null when the job must be run again. */
function judgeEnd(end: JobEnd, waiting: Waiting): PoolResult | null {
  const { cpuMs, wallMs, memoryMb } = waiting.job.limits;
  switch (end.kind) {
    case 'result':
      return end.result;
    case 'untouched':
      return null;
    case 'killed':
      if (end.over === 'cpu')
        return {
          status: 'timeout',
          message: `more than ${cpuMs} ms of CPU time`,
          ...NOTHING,
        };
      if (end.over === 'memory') return { status: 'memory', message: `more than ${memoryMb} MiB`, ...NOTHING };
      return infra(`the machine is too busy: no end within ${wallMs} ms`);
    case 'died':
      // Once may be chance, or the doing of somebody else on the machine. A program that did it does it again.
      if (++waiting.deaths < 2) return null;
      if (!FAULTS.has(end.how)) return infra(`a worker died twice: ${end.how}`);
      if (/out of memory|allocation failed|heap limit|bad_alloc|Mark-Compact/i.test(end.stderr))
        return { status: 'memory', message: `more than ${memoryMb} MiB`, ...NOTHING };
      return { status: 'crashed', message: `its worker died of ${end.how}`, ...NOTHING };
  }
}

const NOTHING = { ms: 0, cpuMs: 0, memoryBytes: 0 };

function infra(message: string): JobResult {
  return { status: 'infra', message, ...NOTHING };
}
