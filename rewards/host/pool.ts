import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, relative } from 'node:path';

import type { Finding } from '../../sdk/findings.ts';
import type { Outcome, Sample } from '../../sdk/reward.ts';
import {
  MOST_PROCESSES,
  type ColumnProblem,
  type HostCalls,
  type JudgedSample,
  type ModuleSource,
  type OpenedReward,
  type RewardDescription,
} from './messages.ts';
import { startHost, type CallResult, type HostLimits, type HostProcess, type RewardServices } from './process.ts';

export interface PoolOptions extends HostLimits {
  /** Most hosts of one reward at a time. */
  readonly processes: number;
  /** Gets what the reward prints. */
  readonly print: (line: string) => void;
}

export const POOL_DEFAULTS = { memoryMb: 512, processes: Math.min(MOST_PROCESSES, availableParallelism()) };

/** Samples that belong together: one, or all of a prompt where the reward judges groups. */
export type Unit = readonly Sample[];

export interface JudgeOptions {
  readonly params: unknown;
  readonly services?: RewardServices;
  readonly signal: AbortSignal;
}

/** Importing a reward may take so long. */
const OPEN_TIMEOUT_MS = 60_000;
/** Checking options or columns; a schema that takes longer loops. */
const CHECK_TIMEOUT_MS = 60_000;
/** A host is replaced after so many calls, whatever leaked in them. */
const MAX_CALLS = 2_000;
/** Hosts that had nothing to do for so long are ended. */
const IDLE_MS = 60_000;
/** Units of one call: large enough that a call costs nothing, small enough to share among hosts. */
const MAX_BATCH = 64;
const MIN_BATCH = 8;
/** When so many units in a row fail alone and none succeeds, it is not the units. */
const GIVE_UP_AFTER = 8;

/** The hosts of one reward, all with the very same code: as the first of them read it. */
export class RewardPool {
  readonly file: string;
  readonly description: RewardDescription;
  /** Of the file, of all it imports by relative paths, and of the names and versions of the packages these import. */
  readonly sha256: string;
  private readonly sources: readonly ModuleSource[];
  private readonly options: PoolOptions;
  private readonly idle: HostProcess[] = [];
  private readonly waiting: (() => void)[] = [];
  private live = 0;
  private isClosed = false;
  private idleTimer: NodeJS.Timeout | undefined;

  private constructor(file: string, options: PoolOptions, first: HostProcess, opened: OpenedReward) {
    this.file = file;
    this.options = options;
    this.description = opened.description;
    this.sources = opened.sources;
    this.sha256 = digestOf(file, opened.sources, opened.packages);
    this.idle.push(first);
    this.live = 1;
    this.startIdleTimer();
  }

  /** @throws Error saying why the file is no reward. */
  static async open(file: string, options: PoolOptions): Promise<RewardPool> {
    const host = startHost(options, options.print);
    try {
      const opened = await host.call('open', { file, sources: null }, { timeoutMs: OPEN_TIMEOUT_MS });
      return new RewardPool(file, options, host, valueOf(opened, 'importing it'));
    } catch (error) {
      host.kill();
      throw error;
    }
  }

  /** Whether the files it was read from still hold what they held then. */
  isCurrent(): boolean {
    try {
      return this.sources.every(({ path, text }) => readFileSync(path, 'utf8') === text);
    } catch {
      return false;
    }
  }

  /** What is wrong with options. */
  checkParams(params: unknown): Promise<readonly Finding[]> {
    return this.ask('params', { params }, 'checking its params');
  }

  checkColumns(rows: readonly unknown[]): Promise<readonly ColumnProblem[]> {
    return this.ask('columns', { rows }, 'checking its columns');
  }

  /**
   * Judges units. One that hangs, throws or ends its host costs no other its verdict: when a call fails, its units are
   * tried apart.
   *
   * @returns What each sample of each unit came to.
   * @throws The signal's reason when that is aborted.
   */
  async judge(units: readonly Unit[], options: JudgeOptions): Promise<(readonly JudgedSample[])[]> {
    const isGroup = this.description.scope === 'group';
    const share = Math.ceil(units.length / this.options.processes);
    const size = isGroup ? 1 : Math.min(MAX_BATCH, Math.max(MIN_BATCH, share));
    const batches = Array.from({ length: Math.ceil(units.length / size) }, (_, i) =>
      units.slice(i * size, (i + 1) * size),
    );
    const judged = await Promise.all(batches.map((batch) => this.judgeBatch(batch, options)));
    return judged.flat();
  }

  /** Ends all its hosts. Those at work are ended after their call. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.idleTimer);
    for (const host of this.idle.splice(0)) host.kill();
  }

  private async judgeBatch(units: readonly Unit[], options: JudgeOptions): Promise<(readonly JudgedSample[])[]> {
    const result = await this.callScore(units.flat(), options);
    if ('judged' in result) {
      const rest = [...result.judged];
      return units.map((unit) => rest.splice(0, unit.length));
    }
    if (units.length === 1) return [units[0]!.map(() => ({ outcome: result.fault }))];
    return this.judgeApart(units, options);
  }

  private async judgeApart(units: readonly Unit[], options: JudgeOptions): Promise<(readonly JudgedSample[])[]> {
    let faults = 0;
    let successes = 0;
    let last: Outcome | undefined;
    return Promise.all(
      units.map((unit) =>
        this.withHost(options.signal, async (host) => {
          if (successes === 0 && faults >= GIVE_UP_AFTER && last !== undefined) {
            const outcome = { ...last, reason: `${last.reason} (as did ${faults} others before it; not tried alone)` };
            return unit.map(() => ({ outcome }));
          }
          const result = await this.scoreOn(host, unit, options);
          if ('judged' in result) {
            successes++;
            return result.judged;
          }
          faults++;
          last = result.fault;
          return unit.map(() => ({ outcome: result.fault }));
        }),
      ),
    );
  }

  private callScore(samples: readonly Sample[], options: JudgeOptions) {
    return this.withHost(options.signal, (host) => this.scoreOn(host, samples, options));
  }

  private async scoreOn(
    host: HostProcess,
    samples: readonly Sample[],
    { params, services, signal }: JudgeOptions,
  ): Promise<{ readonly judged: readonly JudgedSample[] } | { readonly fault: Outcome }> {
    const { timeoutMs } = this.description;
    const result = await host.call('score', { params, samples }, { timeoutMs, signal, ...(services && { services }) });
    if (result.kind === 'late') return { fault: { outcome: 'timeout', reason: `no answer within ${timeoutMs} ms` } };
    if (result.kind !== 'answered') return { fault: { outcome: 'infra_error', reason: result.reason } };
    return 'judged' in result.value ? result.value : { fault: { outcome: 'infra_error', reason: result.value.fault } };
  }

  private async ask<Name extends 'params' | 'columns'>(
    name: Name,
    argument: HostCalls[Name]['argument'],
    what: string,
  ): Promise<HostCalls[Name]['result']> {
    return this.withHost(undefined, async (host) =>
      valueOf(await host.call(name, argument, { timeoutMs: CHECK_TIMEOUT_MS }), what),
    );
  }

  /** Waits for a host, hands it out, and takes it back while it is fit to be used again. */
  private async withHost<Result>(
    signal: AbortSignal | undefined,
    use: (host: HostProcess) => Promise<Result>,
  ): Promise<Result> {
    signal?.throwIfAborted();
    while (!this.idle.some(({ isAlive }) => isAlive) && this.live >= this.options.processes) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      signal?.throwIfAborted();
    }
    const host = this.takeIdle() ?? (await this.start());
    try {
      return await use(host);
    } finally {
      if (host.isAlive && host.calls < MAX_CALLS && !this.isClosed) this.idle.push(host);
      else {
        host.kill();
        this.live--;
      }
      this.waiting.shift()?.();
      this.startIdleTimer();
    }
  }

  private takeIdle(): HostProcess | undefined {
    for (let host = this.idle.pop(); host; host = this.idle.pop()) {
      if (host.isAlive) return host;
      this.live--;
    }
    return undefined;
  }

  private async start(): Promise<HostProcess> {
    this.live++;
    const host = startHost(this.options, this.options.print);
    const { file, sources } = this;
    const opened = await host.call('open', { file, sources }, { timeoutMs: OPEN_TIMEOUT_MS });
    if (opened.kind === 'answered') return host;
    host.kill();
    this.live--;
    this.waiting.shift()?.();
    return valueOf(opened, 'importing it once more') as never;
  }

  private startIdleTimer(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      for (const host of this.idle.splice(0)) {
        host.kill();
        this.live--;
      }
    }, IDLE_MS).unref();
  }
}

function valueOf<Value>(result: CallResult<Value>, what: string): Value {
  if (result.kind === 'answered') return result.value;
  throw new Error(result.kind === 'late' ? `${what} took longer than a minute` : result.reason);
}

/** Names of files are relative to the reward's own: the same code has the same digest wherever it lies. */
function digestOf(file: string, sources: readonly ModuleSource[], packages: readonly string[]): string {
  const files = sources.map(({ path, text }) => {
    const digest = createHash('sha256').update(text).digest('hex');
    return `${relative(dirname(file), path)} ${digest}`;
  });
  return createHash('sha256')
    .update([...files.sort(), ...packages].join('\n'))
    .digest('hex');
}
