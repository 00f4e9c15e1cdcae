import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { endGroup } from './process.ts';

/** A process to be kept running. */
export interface ServiceSpec {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Both its outputs are appended there. */
  readonly log: string;
  /** Whether it answers. Asked again and again after each start. */
  isReady(child: ChildProcess): Promise<boolean>;
  /** Milliseconds between asking it to end and ending it. */
  readonly graceMs: number;
}

export interface Service {
  readonly name: string;
  /** Null while it is down. */
  readonly pid: number | null;
  readonly isReady: boolean;
  /** Resolves when it answers for the first time. @throws Error when it dies again and again before that. */
  readonly started: Promise<void>;
  stop(): Promise<void>;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 20_000;
/** Alive for so long, it counts as healthy, and its next death is a first one. */
const HEALTHY_MS = 30_000;
const PROBE_EVERY_MS = 200;
/** A service that never answered and died so often will not come up by itself. */
const MAX_FIRST_STARTS = 4;

/** Starts a process, and again whenever it dies: at once the first time, then after longer and longer pauses. */
export function keepRunning(spec: ServiceSpec, changed: () => void): Service {
  const state = { name: spec.name, pid: null as number | null, isReady: false };
  const update = (change: { readonly pid?: number | null; readonly isReady: boolean }) => {
    Object.assign(state, change);
    changed();
  };
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  first.promise.catch(() => {}); // whoever waits for it hears of it; nobody has to
  let everReady = false;
  const onReady = () => {
    everReady = true;
    first.resolve();
    update({ isReady: true });
  };

  const running = (async () => {
    for (let deaths = 0; !stopping.signal.aborted;) {
      const born = Date.now();
      const how = await live(spec, (pid) => update({ pid, isReady: false }), onReady);
      update({ pid: null, isReady: false });
      if (stopping.signal.aborted) return;
      deaths = Date.now() - born > HEALTHY_MS ? 1 : deaths + 1;
      if (!everReady && deaths >= MAX_FIRST_STARTS) {
        return first.reject(new Error(`${spec.name} ${how}, ${deaths} times in a row; see ${spec.log}`));
      }
      process.stderr.write(`${spec.name} ${how}; starting it again (its log: ${spec.log})\n`);
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 4 ** (deaths - 1));
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();

  return Object.assign(state, {
    started: first.promise,
    async stop() {
      stopping.abort();
      if (state.pid !== null) await endGroup(state.pid, spec.graceMs);
      await running;
    },
  });
}

/** One life of the process. Resolves at its end with how it ended. */
async function live(spec: ServiceSpec, onStart: (pid: number | null) => void, onReady: () => void): Promise<string> {
  const log = openSync(spec.log, 'a');
  const child = spawn(spec.file, spec.args, {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true, // a group of its own: Ctrl-C in the terminal reaches only `up`, which ends the others in order
  });
  closeSync(log);
  const life = new AbortController();
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`));
  }).finally(() => life.abort());
  onStart(child.pid ?? null);
  while (!life.signal.aborted && !(await spec.isReady(child).catch(() => false))) {
    await sleep(PROBE_EVERY_MS, undefined, { signal: life.signal }).catch(() => {});
  }
  if (!life.signal.aborted) onReady();
  return ended;
}
