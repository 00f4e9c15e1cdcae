import { WorkflowFailedError, type Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ModelClient } from '../../server/client.ts';
import type { AlignState } from '../../workflows/align.ts';
import { isUnavailable, messageOf } from '../failure.ts';
import type { Output } from '../output.ts';
import { evaluationLine, stepLine, suiteLine } from './lines.ts';
import { followJournals, type Recorded } from './recorded.ts';
import { describeTrouble } from './trouble.ts';
import { followWarnings, warningLine } from './warnings.ts';

export interface FollowOptions {
  readonly runId: string;
  readonly workspace: string;
  readonly client: Client;
  /** Asked what it does right now, for the line that shows it. */
  readonly model: ModelClient | null;
  readonly output: Output;
  /** Stops following. The run goes on. */
  readonly signal: AbortSignal;
  /** Called when Temporal does not answer; may start it again. */
  readonly onOutage?: () => Promise<void>;
}

const POLL_MS = 300;
/** Between two questions to Temporal whether something keeps failing. */
const TROUBLE_EVERY_MS = 5_000;
/** Longest wait for questions that are under way to end. They are broken off. */
const LEAVE_MS = 2_000;

/**
 * Shows what a run records, line by line, until it ends. Sits out outages: the records are files, and Temporal comes back.
 *
 * @returns The run's last state, or null when `signal` fired first.
 * @throws Error with the run's own message when it failed or was cancelled.
 */
export async function follow(options: FollowOptions): Promise<AlignState | null> {
  const { runId, workspace, output, signal } = options;
  const news = followJournals(workspace, runId);
  const warnings = followWarnings(workspace, runId);
  const show = async () => {
    for (const recorded of await news()) {
      output.emit(eventOf(recorded));
      output.say(lineOf(recorded));
    }
    for (const warning of await warnings()) {
      output.emit(warning);
      output.note(warningLine(warning));
    }
  };

  const leaving = new AbortController();
  const asking = { ...options, signal: AbortSignal.any([signal, leaving.signal]) };
  const ending = waitForEnd(asking);
  const troubles = sayTroubles(asking, ending);
  try {
    while (!signal.aborted) {
      await show();
      const end = await Promise.race([ending, sleep(POLL_MS)]);
      if (end?.failure) throw end.failure;
      if (end) {
        await show();
        return end.state;
      }
      if (output.hasStatus) output.status(await doingNow(options.model));
    }
    return null;
  } finally {
    // The connection is closed next: a call that is still under way would be tried again on it, and end the process.
    leaving.abort();
    await Promise.race([Promise.all([ending, troubles]), sleep(LEAVE_MS)]);
  }
}

/** What a program reads. */
function eventOf(recorded: Recorded): object {
  const { event, stage, step } = recorded;
  if (recorded.event === 'step') return { event, stage, step, ...recorded.metrics };
  return { event, ...(recorded.event === 'suite' ? recorded.result : recorded.evaluation) };
}

/** What a person reads. */
function lineOf(recorded: Recorded): string {
  if (recorded.event === 'step') return stepLine(recorded);
  return recorded.event === 'suite' ? suiteLine(recorded.result) : evaluationLine(recorded.evaluation);
}

/** Beside the following, because Temporal may take long to answer when something is wrong. Never rejects. */
async function sayTroubles({ client, runId, output, signal }: FollowOptions, ending: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  void ending.then(() => (hasEnded = true));
  for (let shown = ''; ;) {
    await Promise.race([ending, sleep(TROUBLE_EVERY_MS, undefined, { ref: false })]); // no reason to stay for it
    if (hasEnded || signal.aborted) return;
    const trouble = await client.withAbortSignal(signal, () => describeTrouble(client, runId)).catch(() => '');
    if (trouble !== '' && trouble !== shown && !hasEnded) output.note(trouble);
    shown = trouble;
  }
}

type End = { readonly state: AlignState; readonly failure?: undefined } | { readonly failure: Error };

/** Never rejects. Resolves with null when `signal` fires first. */
async function waitForEnd({ client, runId, output, signal, onOutage }: FollowOptions): Promise<End | null> {
  const handle = client.workflow.getHandle(runId);
  for (let outages = 0; !signal.aborted;) {
    try {
      return { state: (await client.withAbortSignal(signal, () => handle.result())) as AlignState };
    } catch (error) {
      if (signal.aborted) return null;
      if (error instanceof WorkflowFailedError)
        return { failure: new Error(`run ${runId} ended: ${messageOf(error)}`) };
      if (!isUnavailable(error)) return { failure: error instanceof Error ? error : new Error(String(error)) };
      if (outages++ === 0) output.note('Temporal does not answer; waiting for it to come back');
      await onOutage?.().catch((failure: unknown) => output.note(messageOf(failure)));
      await sleep(1000);
    }
  }
  return null;
}

/** `generating 12/32`, or nothing when the model server does nothing or does not answer. */
async function doingNow(model: ModelClient | null): Promise<string> {
  const health = await model?.health({ timeoutMs: 500 }).catch(() => null);
  const progress = health?.progress;
  return progress ? `${progress.kind} ${progress.done}/${progress.total}` : '';
}
