import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** How a side of a comparison is started. */
export interface SideCommand {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its products of matrices are in bfloat16. */
  readonly narrow?: boolean;
}

/** One repeat of the work, as the side measured it. */
export interface Turn {
  readonly seconds: number;
  /** Units of work done: tokens, for most. */
  readonly units: number;
  /** What can be compared between sides to see that they did the same: a loss, tokens. */
  readonly result?: unknown;
}

/** A turn with what the machine did meanwhile. */
export interface MeasuredTurn extends Turn {
  /** Seconds of all cores together that the side's process used. */
  readonly cpuSeconds: number;
  /** Cores that other processes used on average: above a few hundredths, the measurement was disturbed. */
  readonly othersCores: number;
}

/** A side could not do its work. The message is its own. */
export class SideFailure extends Error {
  override readonly name = 'SideFailure';
}

/** Lines of a side that are meant for us begin with this; libraries print what they like. */
const MARK = '@bench ';
const STOP_GRACE_MS = 5000;

interface Message {
  readonly ready?: unknown;
  readonly turn?: Turn;
  readonly error?: string;
}

/**
 * One side of a comparison, in a process of its own. It loads, warms up, says that it is ready, and then does the work
 * once for each line `go` it reads.
 */
export class Side {
  readonly name: string;
  /** What it said when ready: its versions and settings. */
  about: unknown = null;
  readonly #child: ChildProcess;
  readonly #messages: Message[] = [];
  #wake = () => {};
  #ended: string | null = null;
  #lastWords: string[] = [];

  constructor({ name, program, args, env }: SideCommand) {
    this.name = name;
    this.#child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#hear(line));
    createInterface({ input: this.#child.stderr! }).on('line', (line) => this.#remember(line));
    this.#child.stdin!.on('error', () => {}); // its end is reported below
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('close', (code, signal) => this.#end(`ended with ${signal ?? `exit code ${code}`}`));
  }

  /** Starts a side and waits until it is warm. */
  static async start(command: SideCommand): Promise<Side> {
    const side = new Side(command);
    try {
      side.about = (await side.#next()).ready ?? null;
      return side;
    } catch (error) {
      await side.stop();
      throw error;
    }
  }

  /** Has the work done once. */
  async go(): Promise<MeasuredTurn> {
    const before = { own: cpuSecondsOf(this.#child.pid!), all: cpuSecondsOfAll(), at: performance.now() };
    this.#child.stdin!.write('go\n');
    const { turn } = await this.#next();
    if (!turn || !(turn.seconds > 0) || !(turn.units > 0)) {
      throw new SideFailure(`${this.name}: got ${JSON.stringify(turn)}, expected positive seconds and units`);
    }
    const cpuSeconds = cpuSecondsOf(this.#child.pid!) - before.own;
    const others = cpuSecondsOfAll() - before.all - cpuSeconds;
    const othersCores = Math.max(0, (others * 1000) / (performance.now() - before.at));
    return { ...turn, cpuSeconds, othersCores };
  }

  /** Most memory the process has held at once, in bytes (`VmHWM`). */
  peakBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  async stop(): Promise<void> {
    if (this.#ended !== null) return;
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  async #next(): Promise<Message> {
    while (this.#messages.length === 0) {
      if (this.#ended !== null) {
        throw new SideFailure(`${this.name}: ${this.#ended}: ${this.#lastWords.slice(-6).join(' | ') || 'no message'}`);
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const message = this.#messages.shift()!;
    if (message.error !== undefined) throw new SideFailure(`${this.name}: ${message.error}`);
    return message;
  }

  #hear(line: string): void {
    if (!line.startsWith(MARK)) return this.#remember(line);
    this.#messages.push(JSON.parse(line.slice(MARK.length)) as Message);
    this.#wake();
  }

  #remember(line: string): void {
    this.#lastWords = [...this.#lastWords.slice(-19), line];
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#wake();
  }
}

/** The kernel counts in hundredths of a second (`USER_HZ`). */
const TICK = 0.01;

/** User and system time of a process with all its threads. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third on: the second may hold spaces
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** Time in which the machine's cores were not idle. */
function cpuSecondsOfAll(): number {
  const [user, nice, system, , , irq, softirq] = /^cpu +(.*)$/m
    .exec(readFileSync('/proc/stat', 'utf8'))![1]!
    .split(' ')
    .map(Number) as [number, number, number, number, number, number, number];
  return (user + nice + system + irq + softirq) * TICK;
}
