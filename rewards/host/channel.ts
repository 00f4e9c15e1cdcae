/** Functions by name, each with one argument and what it comes to. */
type CallsOf<Calls> = { readonly [Name in keyof Calls]: { readonly argument: unknown; readonly result: unknown } };

/** Two processes call each other's functions, by messages. Either end may be busy or gone at any time. */
export interface Channel<Calls extends CallsOf<Calls>> {
  /** Rejects with the other side's message when the function threw there, and with `signal`'s reason, which it hears of. */
  call<Name extends keyof Calls & string>(
    name: Name,
    argument: Calls[Name]['argument'],
    signal?: AbortSignal,
  ): Promise<Calls[Name]['result']>;
  /** Rejects every call that is still open. */
  close(reason: Error): void;
}

/** How this side answers: the same functions, with a signal that fires when the caller has lost interest. */
export type Handlers<Calls extends CallsOf<Calls>> = {
  readonly [Name in keyof Calls]: (
    argument: Calls[Name]['argument'],
    signal: AbortSignal,
  ) => Calls[Name]['result'] | Promise<Calls[Name]['result']>;
};

/** Sends a message and hears them. Messages are cloned, not turned into JSON. */
export interface Port {
  send(message: unknown): void;
  listen(listener: (message: unknown) => void): void;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string };

/** Opens this side's end of a channel. */
export function openChannel<Theirs extends CallsOf<Theirs>, Ours extends CallsOf<Ours>>(
  port: Port,
  handlers: Handlers<Ours>,
): Channel<Theirs> {
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const atWork = new Map<number, AbortController>();
  let calls = 0;

  const answer = async ({ id, name, argument }: Message & { kind: 'call' }) => {
    const controller = new AbortController();
    atWork.set(id, controller);
    try {
      const handler = handlers[name as keyof Ours] as Handlers<Ours>[keyof Ours];
      port.send({ kind: 'result', id, result: await handler(argument, controller.signal) } satisfies Message);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      port.send({ kind: 'error', id, message } satisfies Message);
    } finally {
      atWork.delete(id);
    }
  };

  port.listen((value) => {
    if (!isMessage(value)) return; // something that a reward sent by itself
    if (value.kind === 'call') void answer(value);
    else if (value.kind === 'abort') atWork.get(value.id)?.abort(new Error('the caller has lost interest'));
    else if (value.kind === 'result') open.get(value.id)?.resolve(value.result);
    else open.get(value.id)?.reject(new Error(value.message));
  });

  const call = async (name: string, argument: unknown, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    const id = calls++;
    const waiting = Promise.withResolvers<unknown>();
    open.set(id, waiting);
    const abort = () => {
      port.send({ kind: 'abort', id } satisfies Message);
      waiting.reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      port.send({ kind: 'call', id, name, argument } satisfies Message);
      return await waiting.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      open.delete(id);
    }
  };
  return {
    call: call as Channel<Theirs>['call'],
    close: (reason) => {
      for (const waiting of open.values()) waiting.reject(reason);
    },
  };
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'kind' in value && 'id' in value;
}
