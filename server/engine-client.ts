import { SHARE_ENV, Worker } from 'node:worker_threads';

import type { EngineEvent } from '../model/api/engine.ts';
import type { GenerateRequest, PromptCompletions } from '../model/api/generation.ts';
import type {
  EngineAnswer,
  EngineArgument,
  EngineCall,
  EngineMethod,
  FromThread,
  ThreadData,
  ToThread,
} from './engine-protocol.ts';
import { rebuildError } from './engine-protocol.ts';
import { ModelServerUnavailableError } from './errors.ts';

export interface EngineThreadOptions {
  /** Module that exports `createEngine`. Default: the model core. */
  readonly engineModule?: URL;
  /** Called once when the thread ends by itself; all its state is lost. */
  readonly onDeath: (error: Error) => void;
}

interface Job {
  readonly call: EngineCall;
  readonly signal: AbortSignal | undefined;
  readonly onItem: (item: unknown) => void;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The model core in a worker thread, seen from the main thread. Calls are sent one at a time in order of arrival and
 * wait here, not in the thread, so that one can be cancelled while the thread is deep in a device call.
 */
export class EngineThread {
  /** Resolves when the core is up. Stays open when it never is: `onDeath` hears of that. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #options: EngineThreadOptions;
  readonly #watchers = new Set<(event: EngineEvent) => void>();
  readonly #waiting: Job[] = [];
  #running: Job | null = null;
  #progress: EngineEvent | null = null;
  #isReady = false;
  #becomeReady = () => {};
  /** Why the thread has ended or been told to. */
  #ended: ModelServerUnavailableError | null = null;
  #nextId = 0;

  constructor(options: EngineThreadOptions) {
    this.#options = options;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    const engineModule = options.engineModule ?? new URL('../model/engine.ts', import.meta.url);
    this.#worker = new Worker(new URL('engine-thread.ts', import.meta.url), {
      name: 'engine',
      workerData: { engineModule: engineModule.href } satisfies ThreadData,
      stdout: true,
      // A thread's own environment is a copy that native code does not see: TensorFlow would miss the setting that makes
      // its sums the same each time (model/tensor/native.ts).
      env: SHARE_ENV,
    });
    // The process's stdout belongs to its command, which may have promised JSON lines there.
    this.#worker.stdout.pipe(process.stderr, { end: false });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`exit code ${code}`)));
  }

  /** What the thread is doing: `starting` until the core is up, then whether a call is in hand. */
  health(): { status: 'idle' | 'busy' | 'starting'; progress: EngineEvent | null; queued: number } {
    const status = !this.#isReady ? 'starting' : this.#running ? 'busy' : 'idle';
    return { status, progress: this.#progress, queued: this.#waiting.length };
  }

  /**
   * Calls the core. A signal takes the call out of the queue; once started, only `generate` can be cancelled.
   *
   * @throws what the core throws; ModelServerUnavailableError when the thread ends before it has answered.
   */
  call<M extends EngineMethod>(
    method: M,
    argument: EngineArgument<M>,
    signal?: AbortSignal,
    onItem: (item: unknown) => void = () => {},
  ): Promise<EngineAnswer<M>> {
    return new Promise<unknown>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#ended) return reject(this.#ended);
      const call = { kind: 'call', id: this.#nextId++, method, argument } as EngineCall;
      const job: Job = { call, signal, onItem, resolve, reject };
      signal?.addEventListener('abort', () => this.#cancel(job), { once: true });
      this.#waiting.push(job);
      this.#startNext();
    }) as Promise<EngineAnswer<M>>;
  }

  /** `call` for the one method that answers bit by bit. */
  generate(
    request: GenerateRequest,
    onPrompt: (answer: PromptCompletions) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.call('generate', request, signal, (item) => onPrompt(item as PromptCompletions));
  }

  /** Calls back with each progress event until the returned function is called. */
  watch(listener: (event: EngineEvent) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  /** Ends the thread after the device call it is in. Calls in hand and waiting fail. */
  async close(): Promise<void> {
    this.#end('the model server is shutting down');
    await this.#worker.terminate();
  }

  #startNext(): void {
    if (!this.#isReady || this.#ended || this.#running) return;
    const job = this.#waiting.shift();
    if (!job) return;
    this.#running = job;
    this.#post(job.call);
  }

  #cancel(job: Job): void {
    const place = this.#waiting.indexOf(job);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      job.reject(job.signal?.reason);
    } else if (this.#running === job) {
      this.#post({ kind: 'cancel', id: job.call.id });
    }
  }

  #receive(message: FromThread): void {
    if (message.kind === 'ready') {
      this.#isReady = true;
      this.#becomeReady();
      return this.#startNext();
    }
    const job = this.#running;
    if (!job) return; // the thread was told to end, and finishes its sentence
    switch (message.kind) {
      case 'event':
        this.#progress = message.event;
        return this.#watchers.forEach((listener) => listener(message.event));
      case 'item':
        return job.onItem(message.item);
      case 'done':
        job.resolve(message.answer);
        break;
      case 'failed':
        job.reject(rebuildError(message.error));
        break;
    }
    this.#running = null;
    this.#progress = null;
    this.#startNext();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #die(error: Error): void {
    if (this.#ended) return;
    this.#end(`the model core ended: ${error.message}`);
    this.#options.onDeath(error);
  }

  #end(why: string): void {
    this.#ended = new ModelServerUnavailableError(why);
    this.#running?.reject(this.#ended);
    this.#running = null;
    for (const job of this.#waiting.splice(0)) job.reject(this.#ended);
  }
}
