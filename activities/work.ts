import { Context } from '@temporalio/activity';

import { asActivityFailure } from './failures.ts';

/** Well below the heartbeat timeout (`workflows/proxies.ts`), so that a missed beat or two means nothing. */
const HEARTBEAT_MS = 2_000;

/** What a running activity has at hand. */
export interface Work {
  /** Aborted when the activity is cancelled, timed out, or the worker shuts down. */
  readonly signal: AbortSignal;
  /** Shown in the Temporal UI while the activity runs, with the next heartbeat. */
  report(progress: string): void;
}

/**
 * Makes an activity of a body: beats by a timer for as long as the body runs, whatever it waits for, and gives errors the
 * kind Temporal acts on.
 *
 * A beat is also how an activity hears that it was cancelled; the body sees that as its signal.
 */
export function activity<Input, Output>(body: (input: Input, work: Work) => Promise<Output>) {
  return async (input: Input): Promise<Output> => {
    const context = Context.current();
    const { cancellationSignal: signal, info } = context;
    let progress = info.activityType;
    const beat = () => context.heartbeat(progress);
    beat();
    const timer = setInterval(beat, HEARTBEAT_MS);
    try {
      return await body(input, { signal, report: (value) => void (progress = value) });
    } catch (error) {
      if (signal.aborted) throw signal.reason; // the CancelledFailure itself
      throw asActivityFailure(error, info.attempt);
    } finally {
      clearInterval(timer);
    }
  };
}
