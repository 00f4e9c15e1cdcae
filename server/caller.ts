import {
  ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

import { isLocal, parseAddress } from './address.ts';
import { authorizationOf } from './authorization.ts';
import type { CallOptions } from './client.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { fromServiceError } from './status.ts';

export interface ModelClientOptions {
  /** `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** Present: speak TLS. `ca` (PEM) is trusted in place of the machine's certificate authorities. */
  readonly tls?: { readonly ca?: Buffer };
  readonly token?: string;
}

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  // A server that was killed is back within seconds; the default would try less and less often, up to 2 minutes apart.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  // A step may be silent for minutes, so a host that vanished is noticed by pings alone.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 20_000,
  // Otherwise http_proxy in the environment would send calls to 127.0.0.1 through the proxy.
  'grpc.enable_http_proxy': 0,
};

/** The caller's side of a generated method definition. */
interface Method<Request, Answer> {
  readonly path: string;
  readonly originalName?: string;
  requestSerialize(request: Request): Buffer;
  responseDeserialize(bytes: Buffer): Answer;
}

/**
 * The two ways to call a gRPC method, over one channel. A call whose signal fires rejects with the signal's reason, any
 * other failure with an error of `server/errors.ts`.
 */
export class Caller {
  readonly #client: Client;
  readonly #address: string;
  readonly #token: string | undefined;

  /** @throws RangeError for an address that cannot be read, or a token that would cross a network in clear. */
  constructor({ address, tls, token }: ModelClientOptions) {
    if (!isLocal(parseAddress(address)) && token !== undefined && !tls) {
      throw new RangeError(`model client: a token for ${address} needs TLS; without it anyone on the way can read it`);
    }
    const credentials = tls ? ChannelCredentials.createSsl(tls.ca) : ChannelCredentials.createInsecure();
    this.#client = new Client(address, credentials, CHANNEL_OPTIONS);
    this.#address = address;
    this.#token = token;
  }

  /** One request, one answer. */
  call<Request, Answer>(
    method: Method<Request, Answer>,
    request: Request,
    { signal, timeoutMs }: CallOptions = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const call: ClientUnaryCall = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        this.#metadata(),
        deadline(timeoutMs),
        (error, answer) => {
          signal?.removeEventListener('abort', cancel);
          if (error) reject(this.#failure(error, method, signal));
          else resolve(answer as Answer); // there is one when there is no error
        },
      );
      const cancel = () => call.cancel();
      signal?.addEventListener('abort', cancel);
    });
  }

  /** One request, many answers. Leaving the loop cancels the call. */
  async *stream<Request, Answer>(
    method: Method<Request, Answer>,
    request: Request,
    { signal, timeoutMs }: CallOptions = {},
  ): AsyncGenerator<Answer> {
    signal?.throwIfAborted();
    const call: ClientReadableStream<Answer> = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      this.#metadata(),
      deadline(timeoutMs),
    );
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel);
    try {
      for await (const answer of call) yield answer as Answer;
    } catch (error) {
      throw this.#failure(error as ServiceError, method, signal);
    } finally {
      signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    return this.#token === undefined ? new Metadata() : authorizationOf(this.#token);
  }

  #failure(error: ServiceError, { originalName, path }: Method<never, unknown>, signal?: AbortSignal): unknown {
    return signal?.aborted ? signal.reason : fromServiceError(error, originalName ?? path, this.#address);
  }
}

function deadline(timeoutMs: number | undefined) {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}
