import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';

import { frame, FrameReader, RETIRED } from './frames.ts';
import { launch, LIMIT_NOT_SET, type Protections } from './launch.ts';
import type { Job, JobResult } from './requests.ts';

/** How a job on a worker ended: with a result, or with the worker. */
export type JobEnd =
  | { readonly kind: 'result'; readonly result: JobResult }
  /** Killed by us, because V8 did not hold it to a limit. `clock`: the machine was too busy to tell. */
  | { readonly kind: 'killed'; readonly over: 'cpu' | 'memory' | 'clock' }
  /** The worker died of this signal or code while the job ran. */
  | { readonly kind: 'died'; readonly how: string; readonly stderr: string }
  /** The worker ended before the job's turn: nothing is known about it. */
  | { readonly kind: 'untouched' };

interface Sent {
  readonly job: Job;
  readonly done: (end: JobEnd) => void;
}

/** How often a worker is looked at while a test takes longer than this. */
const WATCH_MS = 50;
/** Beyond the time that a worker needs when V8 obeys. */
const GRACE_MS = 500;
/** V8 needs some room above the limit to find out; a worker holds so many limits. */
const MEMORY_LIMITS = 3;
/** A worker starts in 0.1 s on a free machine. */
const START_MS = 30_000;

/** A worker process and the jobs it was given, which it does one after another. */
export class Child {
  readonly #process: ChildProcess;
  readonly #messages: Duplex;
  readonly #reader = new FrameReader();
  readonly #sent: Sent[] = [];
  #deadline: NodeJS.Timeout | undefined;
  #stderr = '';
  #killed: 'cpu' | 'memory' | 'clock' | undefined;
  #ended = false;
  /** Resolves when it takes jobs; rejects with why it never will. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;

  constructor(protections: Protections, folder: string) {
    this.#process = launch(protections, folder);
    this.#messages = this.#process.stdio[3] as Duplex;
    const start = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    this.ready = start.promise;
    this.gone = gone.promise;
    this.ready.catch(() => undefined); // whoever gives it a job asks
    const late = setTimeout(() => this.kill(), START_MS);
    this.#process.stderr?.on('data', (text: Buffer) => (this.#stderr = (this.#stderr + text.toString()).slice(-4000)));
    this.#messages.on('data', (bytes: Buffer) => {
      for (const message of this.#read(bytes)) {
        if (this.#sent.length === 0) {
          clearTimeout(late);
          start.resolve();
          this.#keepAlive(false);
        } else this.#finishFirst({ kind: 'result', result: message as JobResult });
      }
    });
    for (const stream of [this.#messages, this.#process.stdin]) stream?.on('error', () => undefined); // `close` follows
    this.#process.on('error', (error) => this.#end(error.message, start.reject));
    this.#process.on('close', (code, signal) => {
      clearTimeout(late);
      this.#end(this.#howItEnded(code, signal), start.reject);
      gone.resolve();
    });
  }

  get load(): number {
    return this.#sent.length;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** To be called after `ready`. */
  send(job: Job): Promise<JobEnd> {
    if (this.#ended) return Promise.resolve({ kind: 'untouched' });
    return new Promise((done) => {
      this.#sent.push({ job, done });
      this.#messages.write(frame(job));
      if (this.#sent.length === 1) this.#watchFirst();
    });
  }

  kill(): void {
    this.#keepAlive(true); // somebody may wait for `gone`
    this.#process.kill('SIGKILL');
  }

  #read(bytes: Buffer): unknown[] {
    try {
      return this.#reader.push(bytes);
    } catch {
      this.kill(); // no longer a worker of ours
      return [];
    }
  }

  /** The first job is the one that runs. */
  #watchFirst(): void {
    clearTimeout(this.#deadline);
    const first = this.#sent[0];
    this.#keepAlive(first !== undefined);
    if (!first) return;
    const limits = first.job.limits;
    const start = performance.now();
    const watch = (before: Usage) => {
      this.#deadline = setTimeout(() => {
        const now = usageOf(this.#process.pid);
        this.#killed = overLimit(
          limits,
          now.cpuMs - before.cpuMs,
          performance.now() - start,
          now.memoryMb - before.memoryMb,
        );
        if (this.#killed) this.kill();
        else watch(before);
      }, WATCH_MS);
    };
    // Most are done before.
    this.#deadline = setTimeout(() => watch(usageOf(this.#process.pid)), WATCH_MS);
  }

  #finishFirst(end: JobEnd): void {
    const first = this.#sent.shift();
    this.#watchFirst();
    first?.done(end);
  }

  #end(how: string, rejectStart: (error: Error) => void): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    rejectStart(
      new Error(`sandbox: a worker did not start: ${how}${this.#stderr && `: ${this.#stderr.trim().slice(-500)}`}`),
    );
    const [first, ...others] = this.#sent.splice(0);
    const died: JobEnd = how === RETIRED ? { kind: 'untouched' } : { kind: 'died', how, stderr: this.#stderr };
    first?.done(this.#killed ? { kind: 'killed', over: this.#killed } : died);
    for (const { done } of others) done({ kind: 'untouched' });
  }

  #howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
    if (code === LIMIT_NOT_SET) return 'a limit of the operating system could not be set';
    return signal ?? `code ${code}`;
  }

  /** An idle worker keeps no process running. */
  #keepAlive(alive: boolean): void {
    const handles = [this.#process, this.#messages, this.#process.stdin, this.#process.stderr] as unknown as {
      ref?(): void;
      unref?(): void;
    }[];
    for (const handle of handles) {
      if (alive) handle.ref?.();
      else handle.unref?.();
    }
  }
}

interface Usage {
  readonly cpuMs: number;
  readonly memoryMb: number;
}

/** Of a process so far. Where the system does not tell, as if it had computed all the time, without memory. */
function usageOf(pid: number | undefined): Usage {
  try {
    // After the name in brackets: fields 14, 15 and 24 of proc(5), in hundredths of a second and in pages.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, memoryMb: Number(fields[21]) / 256 };
  } catch {
    return { cpuMs: performance.now(), memoryMb: 0 };
  }
}

/** A worker stops a test at its limits by itself, and may run it twice: what is said here is what is far beyond. */
function overLimit(
  limits: Job['limits'],
  cpuMs: number,
  ms: number,
  memoryMb: number,
): 'cpu' | 'memory' | 'clock' | undefined {
  if (memoryMb > MEMORY_LIMITS * limits.memoryMb) return 'memory';
  if (cpuMs > 2 * limits.cpuMs + GRACE_MS) return 'cpu';
  return ms > limits.cpuMs + limits.wallMs + GRACE_MS ? 'clock' : undefined;
}
