import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { openChannel, type Channel } from './channel.ts';
import type { HostCalls, ModelScoreRequest, WorkerCalls } from './messages.ts';
import { LAST_WORDS_FD } from './watchdog.ts';

export interface HostLimits {
  /** JavaScript heap of one host. Its whole memory may be half as much again, and 256 MB. */
  readonly memoryMb: number;
}

/** What rewards can ask of the process that judges with them. */
export interface RewardServices {
  /** Scores of a reward model, one for each item. Absent where there is no model server. */
  readonly scoreTexts?: (request: ModelScoreRequest, signal: AbortSignal) => Promise<readonly number[]>;
}

/** How a call to a host ended. */
export type CallResult<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  /** The function threw in the host, which can be used again. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No answer in time. The host was ended. */
  | { readonly kind: 'late' }
  /** The host died on it, or before. */
  | { readonly kind: 'died'; readonly reason: string };

interface CallOptions {
  readonly timeoutMs: number;
  readonly services?: RewardServices;
  /** Ends the host and rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** A reward host as the process that started it sees it. It takes one call at a time. */
export interface HostProcess {
  readonly pid: number;
  readonly isAlive: boolean;
  /** Calls made so far. */
  readonly calls: number;
  call<Name extends keyof HostCalls>(
    name: Name,
    argument: HostCalls[Name]['argument'],
    options: CallOptions,
  ): Promise<CallResult<HostCalls[Name]['result']>>;
  /** Ends it, with all that it started. */
  kill(): void;
}

/** Part of what a reward is told that asks for a reward model where there is none. */
export const NO_MODEL_SERVER = 'there is no model server here';

/** Without Node's remarks on what it runs: a plugin need not be in a package that says what it is. */
export const QUIET_NODE = [
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
] as const;

/** After its time is over, a reward may still answer its signal for so long. */
const GRACE_MS = 200;
/** Of one call; what a reward prints beyond it is counted and dropped. */
const MAX_PRINTED_LINES = 50;

const LATE = Symbol('late');

/**
 * Starts a host.
 *
 * @param print Gets each line the reward prints, on either of its outputs.
 */
export function startHost({ memoryMb }: HostLimits, print: (line: string) => void): HostProcess {
  const child = fork(fileURLToPath(new URL('./host.ts', import.meta.url)), hostArguments(memoryMb), {
    execArgv: [`--max-old-space-size=${memoryMb}`, ...QUIET_NODE],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    detached: true, // leads a group, so that whatever the reward starts ends with it
  });
  const printer = limitedPrinter(print);
  const ended = endOf(child, printer.heard);
  let services: RewardServices = {};
  const channel: Channel<HostCalls> = openChannel<HostCalls, WorkerCalls>(portOf(child), {
    scoreTexts: (request, signal) => {
      if (services.scoreTexts) return services.scoreTexts(request, signal);
      throw new Error(`model.score: ${NO_MODEL_SERVER} that could ask reward model ${request.model}`);
    },
  });
  void ended.then((reason) => channel.close(new Error(reason)));
  hold(child, false);

  const host = {
    pid: child.pid ?? -1,
    isAlive: true,
    calls: 0,
    kill: () => kill(child),
    async call(name, argument, options) {
      host.calls++;
      services = options.services ?? {};
      printer.reset();
      hold(child, true);
      const { timeoutMs, signal } = options;
      const asking = new AbortController();
      const stop = () => kill(child);
      signal?.addEventListener('abort', stop, { once: true });
      const timer = setTimeout(() => asking.abort(LATE), timeoutMs);
      try {
        return { kind: 'answered', value: await channel.call(name, argument, asking.signal) };
      } catch (error) {
        signal?.throwIfAborted();
        if (error === LATE) {
          setTimeout(stop, GRACE_MS); // its signal has fired; what it does until then is its own affair
          await ended;
          return { kind: 'late' };
        }
        const reason = error instanceof Error ? error.message : String(error);
        return host.isAlive ? { kind: 'refused', reason } : { kind: 'died', reason: await ended };
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        hold(child, false);
      }
    },
  } satisfies HostProcess as HostProcess & { isAlive: boolean; calls: number };
  void ended.then(() => (host.isAlive = false));
  return host;
}

function hostArguments(memoryMb: number): string[] {
  return [String(process.pid), String(Math.round(memoryMb * 1.5) + 256)];
}

function portOf(child: ChildProcess) {
  return {
    send: (message: unknown) => {
      if (child.connected) child.send(message as object, () => {}); // a host that is gone is heard of by its end
    },
    listen: (listener: (message: unknown) => void) => void child.on('message', listener),
  };
}

/** Whether the host keeps us going: only while it works for us. */
function hold(child: ChildProcess, isAtWork: boolean): void {
  const streams = child.stdio.filter((each) => each !== null) as unknown as (NodeJS.ReadStream & { ref(): void })[];
  for (const each of [child, child.channel, ...streams]) {
    if (isAtWork) each?.ref();
    else each?.unref();
  }
}

/** How the host ended, in words. Never rejects. */
function endOf(child: ChildProcess, heard: (line: string) => void): Promise<string> {
  let lastWords = '';
  let isOutOfMemory = false;
  child.stdio[LAST_WORDS_FD]?.on('data', (data: Buffer) => (lastWords += data.toString()));
  for (const stream of [child.stdout!, child.stderr!]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!.slice(0, 10_000);
      for (const line of lines) {
        isOutOfMemory ||= line.includes('JavaScript heap out of memory');
        heard(line);
      }
    });
    stream.on('close', () => void (rest !== '' && heard(rest)));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`its process could not be started: ${error.message}`));
    child.once('exit', () => killGroup(child)); // what it started and left behind, which may hold its outputs open
    child.once('close', (code, signal) => {
      if (lastWords !== '') resolve(lastWords);
      else if (isOutOfMemory) resolve('it ran out of memory');
      else resolve(`it ended its process (${signal ?? `exit code ${code}`})`);
    });
  });
}

function limitedPrinter(print: (line: string) => void) {
  let printed = 0;
  return {
    reset: () => {
      if (printed > MAX_PRINTED_LINES) print(`… and ${printed - MAX_PRINTED_LINES} more lines`);
      printed = 0;
    },
    heard: (line: string) => {
      if (++printed <= MAX_PRINTED_LINES) print(line);
    },
  };
}

function kill(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) killGroup(child);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // nobody is left in it
  }
}
