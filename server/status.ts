import { Metadata, type ServiceError, status } from '@grpc/grpc-js';

import {
  FencedError,
  InvalidRequestError,
  ModelServerFailedError,
  ModelServerRefusedError,
  ModelServerTimeoutError,
  ModelServerUnavailableError,
  VersionLostError,
} from './errors.ts';

/** Trailer with the name of the error's class; tells our statuses from those gRPC makes itself. */
const KIND = 'cabochon-error';

/** Longest message sent. HTTP/2 trailers are bounded, and a longer one would break the connection instead. */
const MAX_DETAILS = 2000;

/** What a gRPC handler answers when its work failed. */
export function toServiceError(
  error: unknown,
): Pick<ServiceError, 'name' | 'message' | 'code' | 'details' | 'metadata'> {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const metadata = new Metadata();
  metadata.set(KIND, /^\w+$/.test(name) ? name : 'Error');
  const details = message.length > MAX_DETAILS ? `${message.slice(0, MAX_DETAILS)}…` : message;
  return { name, message: details, code: codeOf(error), details, metadata };
}

function codeOf(error: unknown): status {
  if (error instanceof VersionLostError) return status.FAILED_PRECONDITION;
  if (error instanceof FencedError) return status.ABORTED;
  if (error instanceof InvalidRequestError) return status.INVALID_ARGUMENT;
  if (error instanceof RangeError || error instanceof TypeError) return status.INVALID_ARGUMENT;
  if (error instanceof ModelServerUnavailableError) return status.UNAVAILABLE;
  return status.INTERNAL;
}

/** The error a caller of `method` at `address` sees for a status. */
export function fromServiceError(error: ServiceError, method: string, address: string): Error {
  const kind = error.metadata?.get(KIND)[0];
  const details = error.details.replace(/ Resolution note: $/, ''); // which gRPC leaves behind when it has none
  const what = details.startsWith(`${method}: `) ? details : `${method}: ${details}`;
  const text = `model server ${address}: ${what}`;
  switch (error.code) {
    case status.FAILED_PRECONDITION:
      return new VersionLostError(text, { cause: error });
    case status.ABORTED:
      return new FencedError(text, { cause: error });
    case status.INVALID_ARGUMENT:
    case status.OUT_OF_RANGE:
    case status.RESOURCE_EXHAUSTED:
      return new InvalidRequestError(text, { cause: error });
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
    case status.UNIMPLEMENTED:
      return new ModelServerRefusedError(text, { cause: error });
    case status.DEADLINE_EXCEEDED:
      return new ModelServerTimeoutError(text, { cause: error });
    case status.UNAVAILABLE:
      return unavailable(text, error);
    case status.CANCELLED: // by the server's end: our own cancellations never get here
    case status.INTERNAL:
      if (kind === undefined && /RST_STREAM|cancelled|dropped/i.test(error.details)) return unavailable(text, error);
      return new ModelServerFailedError(text, { cause: error });
    default:
      return new ModelServerFailedError(text, { cause: error });
  }
}

function unavailable(text: string, cause: ServiceError): ModelServerUnavailableError {
  return new ModelServerUnavailableError(`${text}; is the model server running?`, { cause });
}
