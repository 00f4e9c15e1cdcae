import { status } from '@grpc/grpc-js';

import { DataError } from '../activities/data/rows.ts';
import { ConfigError } from '../configs/load.ts';
import { RewardError } from '../rewards/load.ts';
import { ModelServerTimeoutError, ModelServerUnavailableError } from '../server/errors.ts';

/** Wrong arguments. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Temporal or the model server does not answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Wrong arguments, or a recipe, reward or data file that cannot be used. */
const USAGE = [UsageError, ConfigError, DataError, RewardError];
const UNREACHABLE = [UnreachableError, ModelServerUnavailableError, ModelServerTimeoutError];

export interface Failure {
  readonly message: string;
  /** 1 failed, 2 wrong usage or recipe, 3 a server cannot be reached. */
  readonly exitCode: 1 | 2 | 3;
}

/** What a command says and how it ends when its body threw `error`. Bugs show their stack. */
export function failureOf(error: unknown): Failure {
  const isUsage = USAGE.some((kind) => error instanceof kind);
  if (isUsage) return { message: messageOf(error), exitCode: 2 };
  if (UNREACHABLE.some((kind) => error instanceof kind) || isUnavailable(error))
    return { message: messageOf(error), exitCode: 3 };
  return { message: messageOf(error), exitCode: 1 };
}

/** Whether an error says that a server could not be reached: ours or Temporal's. */
export function isUnavailable(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && (each.code === status.UNAVAILABLE || each.code === 'ECONNREFUSED')) return true;
  }
  return false;
}

/** Temporal's wrappers, which say only that something inside them failed. */
const WRAPPERS = /^(Workflow(Failed|UpdateFailed)Error|ActivityFailure|ChildWorkflowFailure)$/;

/** What gRPC puts before the message of a status, as in `3 INVALID_ARGUMENT: …`. */
const STATUS = /^\d+ [A-Z_]+: /;

/** The error's message and those of its causes, as far as they add something. Bugs show their stack. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : messageOf(error.cause);
  if (cause !== '' && WRAPPERS.test(error.name)) return cause;
  const isBug = error instanceof TypeError || error instanceof ReferenceError;
  const text = isBug && error.stack ? error.stack : error.message;
  return cause === '' || text.includes(cause.replace(STATUS, '')) ? text : `${text}: ${cause}`;
}
