import { freemem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import type { BenchContext } from './bench.ts';
import { reasonToLeaveOut } from './machine.ts';
import { type BenchRecord, checkRecord, median, rounded } from './record.ts';
import { type MeasuredTurn, Side, type SideCommand, SideFailure, type Turn } from './side.ts';

export interface DuelOptions {
  readonly name: string;
  /** Of the rate: `tokens/s`. */
  readonly unit: string;
  readonly ours: SideCommand;
  readonly peers: readonly SideCommand[];
  /** Measured repeats of each side. Each side warms up before, on its own. */
  readonly repeats: number;
  /** Both sides loaded at once need about this much; where less is free, each has the machine to itself, in turn. */
  readonly bytesTogether: number;
  /** How far the units of the two sides may lie apart, as a part of them; 0 unless told. */
  readonly unitsWithin?: number;
  /** Whether two sides did the same work; a reason if not. */
  readonly compare?: (ours: Turn, peer: Turn) => string | null;
}

/** Ours and one peer, repeat by repeat. */
interface Duel {
  readonly peer: string;
  readonly ours: readonly MeasuredTurn[];
  readonly theirs: readonly MeasuredTurn[];
  readonly peakBytes: { readonly ours: number; readonly theirs: number };
  /** What each side said of itself: versions and settings. */
  readonly about: { readonly ours: unknown; readonly theirs: unknown };
}

/** Threads that wait for work by spinning do so for less than this after a turn. */
const SETTLE_MS = 300;
/** A measurement is called noisy when other processes used more than this many cores on average. */
const QUIET_CORES = 0.1;

/**
 * Measures ours against each peer in turn: A B A B …, each side in its own process, on equal work.
 *
 * A rate is that of the fastest repeat: what disturbs a run only ever slows it down. The ratio is the smallest of the
 * duels', each taken from repeats that lie next to each other in time.
 *
 * @throws SideFailure when ours, or every peer, cannot be run. One peer that cannot is reported as such.
 */
export async function duel(given: DuelOptions, context: BenchContext): Promise<BenchRecord> {
  const options = narrowed(given, context);
  const duels: Duel[] = [];
  const failed: Record<string, string> = {};
  let ours: Side | null = null;
  const together = freemem() > options.bytesTogether;
  if (!together) context.log(`${options.name}: little memory is free: one process at a time`);
  try {
    for (const peer of options.peers) {
      const reason = reasonToLeaveOut(peer);
      if (reason !== undefined) {
        failed[peer.name] = reason;
        continue;
      }
      context.log(`  against ${peer.name}`);
      if (together) ours ??= await Side.start(options.ours);
      try {
        const result = together ? await sideBySide(ours!, peer, options) : await inTurn(peer, options);
        duels.push(result);
        context.log(describe(result, options.unit));
      } catch (error) {
        // Ours failing is the end of it; a peer's failure is a result.
        if (!(error instanceof SideFailure) || !error.message.startsWith(`${peer.name}:`)) throw error;
        failed[peer.name] = error.message;
        context.log(`  FAILED ${error.message}`);
      }
    }
  } finally {
    await ours?.stop();
  }
  return toRecord(duels, failed, options);
}

/** The options with what the command line says otherwise. */
function narrowed(options: DuelOptions, { repeats, peers }: BenchContext): DuelOptions {
  const wanted = options.peers.filter(({ name }) => peers === undefined || name.includes(peers));
  if (wanted.length === 0) {
    const names = options.peers.map(({ name }) => name).join('; ');
    throw new RangeError(`no peer's name contains ${JSON.stringify(peers)}; there are: ${names}`);
  }
  return { ...options, peers: wanted, repeats: repeats ?? options.repeats };
}

async function sideBySide(ours: Side, command: SideCommand, options: DuelOptions): Promise<Duel> {
  const peer = await Side.start(command);
  try {
    const turns: { ours: MeasuredTurn[]; theirs: MeasuredTurn[] } = { ours: [], theirs: [] };
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      await sleep(SETTLE_MS);
      turns.ours.push(await ours.go());
      await sleep(SETTLE_MS);
      turns.theirs.push(await peer.go());
      compare(turns.ours.at(-1)!, turns.theirs.at(-1)!, command.name, options);
    }
    const peakBytes = { ours: ours.peakBytes(), theirs: peer.peakBytes() };
    return { peer: command.name, ...turns, peakBytes, about: { ours: ours.about, theirs: peer.about } };
  } finally {
    await peer.stop();
  }
}

/** As {@link sideBySide} where memory holds one side at a time: each repeat in a fresh, warmed-up process. */
async function inTurn(command: SideCommand, options: DuelOptions): Promise<Duel> {
  const ours: MeasuredTurn[] = [];
  const theirs: MeasuredTurn[] = [];
  const peakBytes = { ours: 0, theirs: 0 };
  const about: Record<'ours' | 'theirs', unknown> = { ours: null, theirs: null };
  const once = async (which: SideCommand, who: 'ours' | 'theirs') => {
    const side = await Side.start(which);
    try {
      const turn = await side.go();
      peakBytes[who] = Math.max(peakBytes[who], side.peakBytes());
      about[who] = side.about;
      return turn;
    } finally {
      await side.stop();
    }
  };
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    ours.push(await once(options.ours, 'ours'));
    theirs.push(await once(command, 'theirs'));
    compare(ours.at(-1)!, theirs.at(-1)!, command.name, options);
  }
  return { peer: command.name, ours, theirs, peakBytes, about };
}

function compare(ours: Turn, theirs: Turn, peer: string, options: DuelOptions): void {
  const isEqual = Math.abs(ours.units - theirs.units) <= (options.unitsWithin ?? 0) * theirs.units;
  const difference = isEqual ? options.compare?.(ours, theirs) : `${ours.units} units here, ${theirs.units} there`;
  if (difference) throw new SideFailure(`${peer}: not the same work: ${difference}`);
}

const rates = (turns: readonly Turn[]): number[] => turns.map(({ units, seconds }) => units / seconds);
const best = (turns: readonly Turn[]): number => Math.max(...rates(turns));
const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(2);

function describe({ peer, ours, theirs, peakBytes }: Duel, unit: string): string {
  const side = (turns: readonly Turn[], bytes: number) =>
    `${best(turns).toFixed(1)} (median ${median(rates(turns)).toFixed(1)}) ${unit}, ${gib(bytes)} GiB`;
  const ratio = (best(ours) / best(theirs)).toFixed(2);
  const others = othersCores({ ours, theirs });
  const noise = others > QUIET_CORES ? ` (NOISY: others used ${others.toFixed(1)} cores)` : '';
  return `  ours ${side(ours, peakBytes.ours)} | ${peer} ${side(theirs, peakBytes.theirs)} | ${ratio}x${noise}`;
}

/** Cores that others used on average while either side was at work. */
function othersCores({ ours, theirs }: Pick<Duel, 'ours' | 'theirs'>): number {
  const turns = [...ours, ...theirs];
  const seconds = turns.reduce((sum, turn) => sum + turn.seconds, 0);
  return turns.reduce((sum, turn) => sum + turn.othersCores * turn.seconds, 0) / seconds;
}

function toRecord(duels: readonly Duel[], failed: Record<string, string>, options: DuelOptions): BenchRecord {
  const [first] = duels;
  if (!first) throw new SideFailure(`${options.name}: no peer could be run: ${Object.values(failed).join('; ')}`);
  const ratioOf = ({ ours, theirs }: Duel) => best(ours) / best(theirs);
  const closest = duels.reduce((least, each) => (ratioOf(each) < ratioOf(least) ? each : least), first);
  const peers: Record<string, number | null> = {};
  for (const { name } of options.peers) {
    const result = duels.find(({ peer }) => peer === name);
    peers[name] = result ? rounded(best(result.theirs)) : null;
  }
  return checkRecord({
    name: options.name,
    ours: rounded(best(closest.ours)),
    peers,
    ratio: rounded(ratioOf(closest)),
    unit: options.unit,
    n: options.repeats,
    ...(Object.keys(failed).length > 0 && { failed }),
    details: duels.map((duel) => ({
      peer: duel.peer,
      about: duel.about,
      ratio: rounded(ratioOf(duel)),
      othersCores: rounded(othersCores(duel)),
      ours: summary(duel.ours, duel.peakBytes.ours),
      theirs: summary(duel.theirs, duel.peakBytes.theirs),
    })),
  });
}

function summary(turns: readonly MeasuredTurn[], peakBytes: number) {
  return {
    best: rounded(best(turns)),
    median: rounded(median(rates(turns))),
    seconds: turns.map(({ seconds }) => rounded(seconds)),
    cpuSeconds: turns.map(({ cpuSeconds }) => rounded(cpuSeconds)),
    peakGiB: Number(gib(peakBytes)),
  };
}
