import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { onPath } from '../scripts/paths.mjs';
import type { BenchContext } from './bench.ts';
import { type BenchRecord, median, rounded } from './record.ts';

const exec = promisify(execFile);

/** Name, way of `programs/side.ts`, programs in one repeat: of a process each, a few take as long as many of ours. */
const PEERS = [
  ['node:vm in a child process per program', 'vm', 25],
  ['a fresh Node per program', 'node', 25],
] as const;
const OURS = ['sandbox', 1500] as const;

/** Small programs judged per second, on one core (parent and workers together) and on two. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  const repeats = context.repeats ?? 5;
  const peers = PEERS.filter(([name]) => context.peers === undefined || name.includes(context.peers));
  if (peers.length === 0)
    throw new RangeError(
      `no peer's name contains ${context.peers}; there are: ${PEERS.map(([name]) => name).join('; ')}`,
    );
  const one = await measure(peers, 1, repeats, context);
  const two = availableParallelism() > 1 ? await measure(peers, 2, repeats, context) : undefined;
  const best = (rates: readonly number[]) => rounded(Math.max(...rates));
  const theirs = Object.fromEntries(peers.map(([name]) => [name, best(one.peers[name]!)]));
  return {
    name: 'sandbox',
    ours: best(one.ours),
    peers: theirs,
    ratio: rounded(best(one.ours) / Math.max(...Object.values(theirs))),
    unit: 'programs/s on one core',
    n: repeats,
    details: { oneCore: summary(one), ...(two && { twoCores: summary(two) }) },
  };
}

interface Rates {
  readonly ours: readonly number[];
  readonly peers: Readonly<Record<string, readonly number[]>>;
}

/** All sides in turn, repeat by repeat. */
async function measure(
  peers: readonly (typeof PEERS)[number][],
  cores: 1 | 2,
  repeats: number,
  { log }: BenchContext,
): Promise<Rates> {
  const ours: number[] = [];
  const theirs = Object.fromEntries(peers.map(([name]) => [name, [] as number[]]));
  for (let repeat = 0; repeat < repeats; repeat++) {
    ours.push(await rate(OURS[0], OURS[1] * cores, cores));
    for (const [name, way, count] of peers) theirs[name]!.push(await rate(way, count * cores, cores));
  }
  log(`  ${cores} core${cores > 1 ? 's' : ''}: ${JSON.stringify(summary({ ours, peers: theirs }))}`);
  return { ours, peers: theirs };
}

async function rate(way: string, count: number, cores: 1 | 2): Promise<number> {
  const side = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'programs/side.ts'),
  ];
  const pinned = onPath('taskset') ? ['taskset', '-c', cores === 1 ? '0' : '0,1', ...side] : side;
  const [command = '', ...given] = [...pinned, way, String(cores), String(count)];
  const { stdout } = await exec(command, given);
  return (JSON.parse(stdout) as { rate: number }).rate;
}

function summary({ ours, peers }: Rates): Record<string, { best: number; median: number }> {
  const of = (rates: readonly number[]) => ({ best: rounded(Math.max(...rates)), median: rounded(median(rates)) });
  return { ours: of(ours), ...Object.fromEntries(Object.entries(peers).map(([name, rates]) => [name, of(rates)])) };
}
