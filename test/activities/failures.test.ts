import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';

import { asActivityFailure } from '../../activities/failures.ts';
import {
  FencedError,
  InvalidRequestError,
  ModelServerFailedError,
  ModelServerTimeoutError,
  ModelServerUnavailableError,
  VersionLostError,
} from '../../server/errors.ts';

/** What Temporal will do with an error of an activity. */
function fateOf(error: unknown, attempt = 1): string {
  const failure = asActivityFailure(error, attempt);
  if (failure instanceof ApplicationFailure && failure.nonRetryable) return `final: ${failure.type}`;
  return 'retried';
}

describe('asActivityFailure', () => {
  test.each([[new VersionLostError('gone')], [new FencedError('late')]])(
    '%s is lost state, for the workflow to answer',
    (error) => {
      expect(fateOf(error)).toBe('final: VersionLost');
    },
  );

  test.each([
    [new ModelServerUnavailableError('nobody there')],
    [new ModelServerTimeoutError('too slow')],
    [Object.assign(new Error('disk full'), { code: 'ENOSPC' })],
  ])('%s is weather, retried however often it came', (error) => {
    expect(fateOf(error, 1000)).toBe('retried');
    expect(asActivityFailure(error, 1000)).toBe(error);
  });

  test.each([
    [new TypeError('undefined is no function'), 'TypeError'],
    [new InvalidRequestError('maxTokens: got 0'), 'InvalidRequestError'],
    [Object.assign(new Error('no such file'), { code: 'ENOENT' }), 'Error'],
    ['a thrown text', 'Error'],
  ])('%s is a bug or bad input, and final', (error, type) => {
    expect(fateOf(error)).toBe(`final: ${type}`);
  });

  test('a failure inside the model server is tried again, but not for ever', () => {
    const error = new ModelServerFailedError('out of memory');
    expect([1, 4, 5].map((attempt) => fateOf(error, attempt))).toEqual([
      ...['retried', 'retried'],
      'final: ModelServerFailedError',
    ]);
  });

  test('the message and the cause stay', () => {
    const cause = new VersionLostError('set run/policy: is at version 3');
    expect(asActivityFailure(cause, 1)).toMatchObject({ message: 'set run/policy: is at version 3', cause });
  });
});
