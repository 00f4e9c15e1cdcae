/**
 * The errors a call to the model server can end with, made from gRPC statuses in `server/status.ts`. What to do about
 * each:
 *
 *     VersionLostError             reload the last checkpoint under a raised fence, redo the steps since
 *     FencedError                  stop: a later recovery of the same run has taken over
 *     InvalidRequestError          never retry: the same request fails again
 *     ModelServerRefusedError      never retry: token, certificate or protocol version is wrong
 *     ModelServerUnavailableError  retry: the server is not there, or died during the call
 *     ModelServerTimeoutError      retry, or give it longer
 *     ModelServerFailedError       the server's own failure (out of memory, disk full, a bug); retry a few times at most
 *
 * A call whose AbortSignal fires rejects with the signal's reason instead.
 */
export { FencedError, VersionLostError } from '../model/api/errors.ts';

/** A request that can never work; the message names the field, what was got and what was expected. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
}

/** The server did not let the call in, or does not know it. */
export class ModelServerRefusedError extends Error {
  override readonly name = 'ModelServerRefusedError';
}

/** Nobody answers at the server's address, or the connection broke during the call. */
export class ModelServerUnavailableError extends Error {
  override readonly name = 'ModelServerUnavailableError';
}

/** The call's `timeoutMs` passed. The server may still finish what it had started. */
export class ModelServerTimeoutError extends Error {
  override readonly name = 'ModelServerTimeoutError';
}

/** The server failed while it worked on the call. */
export class ModelServerFailedError extends Error {
  override readonly name = 'ModelServerFailedError';
}
