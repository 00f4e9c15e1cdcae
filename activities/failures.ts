import { ApplicationFailure } from '@temporalio/common';

import {
  FencedError,
  ModelServerFailedError,
  ModelServerTimeoutError,
  ModelServerUnavailableError,
  VersionLostError,
} from '../server/errors.ts';

/** The `type` of the failure a workflow answers by loading the last checkpoint. */
export type VersionLostType = 'VersionLost';

/** System errors that pass by themselves, or once somebody makes room. */
const WEATHER_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EAGAIN', 'EBUSY', 'EMFILE', 'ENFILE', 'EIO']);

/** A failure inside the model server may be an accident; the same one so many times in a row is not. */
const MAX_SERVER_FAILURES = 5;

/**
 * Sorts what an activity threw into the three kinds that Temporal treats differently.
 *
 * - lost state (a weight set is absent, at another version, or fenced off): an `ApplicationFailure` of type
 *   `VersionLost`, not retried; the workflow reloads the last checkpoint;
 * - weather (a server that cannot be reached, a full disk): unchanged, retried for as long as it takes;
 * - a bug or bad input, which is all the rest: not retried, the run stops with the message.
 *
 * @param attempt Counts from 1.
 */
export function asActivityFailure(error: unknown, attempt: number): unknown {
  if (error instanceof ApplicationFailure) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isWeather(cause, attempt)) return cause;
  const lost: VersionLostType = 'VersionLost';
  const isLost = cause instanceof VersionLostError || cause instanceof FencedError;
  return ApplicationFailure.create({
    ...{ type: isLost ? lost : cause.name, message: cause.message, nonRetryable: true, cause },
  });
}

function isWeather(error: Error, attempt: number): boolean {
  if (error instanceof ModelServerUnavailableError || error instanceof ModelServerTimeoutError) return true;
  if (error instanceof ModelServerFailedError) return attempt < MAX_SERVER_FAILURES;
  return 'code' in error && WEATHER_CODES.has(error.code);
}
