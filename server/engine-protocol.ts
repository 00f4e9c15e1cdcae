import type { Engine, EngineEvent, EngineOptions } from '../model/api/engine.ts';
import { FencedError, VersionLostError } from '../model/api/errors.ts';
import { BadFileError } from '../model/loaders/tensor-source.ts';

export type EngineMethod = keyof Engine;

/** What a method takes besides callbacks and signals. */
export type EngineArgument<M extends EngineMethod> = Parameters<Engine[M]>[0];
export type EngineAnswer<M extends EngineMethod> = Awaited<ReturnType<Engine[M]>>;

/** One call of the core, to the thread. The next is sent when this one is answered. */
export type EngineCall = {
  [M in EngineMethod]: {
    readonly kind: 'call';
    readonly id: number;
    readonly method: M;
    readonly argument: EngineArgument<M>;
  };
}[EngineMethod];

export type ToThread = EngineCall | { readonly kind: 'cancel'; readonly id: number };

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'item'; readonly id: number; readonly item: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorRecord }
  | { readonly kind: 'event'; readonly event: EngineEvent };

/** What the thread is started with. */
export interface ThreadData {
  /** URL of a module that exports `createEngine`. */
  readonly engineModule: string;
}

/** What such a module exports. */
export interface EngineModule {
  createEngine(options: EngineOptions): Promise<Engine>;
}

/** An error as it crosses the thread: a structured clone would lose the class. */
export interface ErrorRecord {
  readonly type: keyof typeof TYPES;
  readonly message: string;
  readonly stack: string | undefined;
}

const TYPES = { VersionLostError, FencedError, RangeError, TypeError, Error };

/**
 * The nearest of the error types in the core's contract, with the message and the stack. A path that holds no readable
 * checkpoint counts as RangeError: the request cannot work.
 */
export function recordError(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { type: 'Error', message: String(error), stack: undefined };
  if (error instanceof BadFileError) return { type: 'RangeError', message: error.message, stack: error.stack };
  const names = Object.keys(TYPES) as (keyof typeof TYPES)[];
  const type = names.find((name) => error instanceof TYPES[name]) ?? 'Error';
  return { type, message: error.message, stack: error.stack };
}

/** The error `record` was made from; its stack is the one inside the thread. */
export function rebuildError(record: ErrorRecord): Error {
  const error = new TYPES[record.type](record.message);
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}
