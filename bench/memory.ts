import type { BenchContext } from './bench.ts';
import { reasonToLeaveOut } from './machine.ts';
import { type BenchRecord, checkRecord, rounded } from './record.ts';
import { rlSides } from './rl-step.ts';
import { sftSides } from './sft.ts';
import { Side, type SideCommand, SideFailure } from './side.ts';

/** Memory is compared as it is used by default: no settings that trade it for time. */
const NO_SETTINGS = {};

/** The most memory a process holds during SFT steps and during RL steps, warming up and loading included. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  const works = {
    sft: await sftSides(context.model, 1, NO_SETTINGS),
    'rl-step': await rlSides(context.model, 1, NO_SETTINGS),
  };
  const peers: Record<string, number | null> = {};
  const failed: Record<string, string> = {};
  const own: Record<string, number> = {};
  const parts: Record<string, number> = {};
  const about: Record<string, unknown> = {};
  for (const [work, sides] of Object.entries(works)) {
    const measured = await peakOf(sides.ours);
    own[work] = measured.gib;
    about[work] = measured.about;
    context.log(`  ${work}: ours ${own[work].toFixed(2)} GiB`);
    const wanted = sides.peers.filter(({ name }) => context.peers === undefined || name.includes(context.peers));
    for (const peer of wanted) {
      const name = `${work}: ${peer.name}`;
      const reason = reasonToLeaveOut(peer);
      try {
        if (reason !== undefined) throw new SideFailure(reason);
        peers[name] = rounded((await peakOf(peer)).gib);
        parts[work] = Math.min(parts[work] ?? Infinity, rounded(peers[name] / own[work]));
      } catch (error) {
        if (!(error instanceof SideFailure)) throw error;
        peers[name] = null;
        failed[name] = error.message;
      }
      context.log(`  ${name} ${peers[name]?.toFixed(2) ?? failed[name]} GiB`);
    }
  }
  const [work, ratio] = Object.entries(parts).reduce((least, each) => (each[1] < least[1] ? each : least));
  return checkRecord({
    ...{ name: 'memory', ours: rounded(own[work]!), peers, ratio, unit: `GiB (${work})`, n: 1, parts },
    ...(Object.keys(failed).length > 0 && { failed }),
    details: { ours: own, about },
  });
}

async function peakOf(command: SideCommand): Promise<{ gib: number; about: unknown }> {
  const side = await Side.start(command);
  try {
    await side.go();
    return { gib: side.peakBytes() / 2 ** 30, about: side.about };
  } finally {
    await side.stop();
  }
}
