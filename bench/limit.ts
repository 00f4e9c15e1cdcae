import type { BenchContext } from './bench.ts';
import { decodeInput } from './decoding.ts';
import { ours } from './ours/command.ts';
import type { Limit, LimitInput } from './ours/limit.ts';
import { type BenchRecord, checkRecord, rounded } from './record.ts';
import { sftInput } from './sft.ts';
import { Side } from './side.ts';

/** The share of a step that its bare products of matrices would take: 1 would mean that nothing else costs anything. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  const repeats = context.repeats ?? 3;
  const input: LimitInput = {
    training: { ...(await sftInput(context.model)), warmUp: 2 },
    decoding: { ...(await decodeInput(context.model, 32)), warmUp: 1 },
  };
  const side = await Side.start(ours('limit', input));
  const turns: Record<'training' | 'decoding', Limit>[] = [];
  let othersCores = 0;
  try {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const turn = await side.go();
      turns.push(turn.result as Record<'training' | 'decoding', Limit>);
      othersCores = Math.max(othersCores, turn.othersCores);
    }
  } finally {
    await side.stop();
  }
  const least = (of: (turn: (typeof turns)[number]) => number) => Math.min(...turns.map(of));
  const shareOf = (kind: 'training' | 'decoding') => {
    const [products, step] = [least((turn) => turn[kind].products), least((turn) => turn[kind].step)];
    context.log(
      `  ${kind}: step ${step.toFixed(4)} s, products ${products.toFixed(4)} s: ${(products / step).toFixed(2)}`,
    );
    return products / step;
  };
  const parts = { training: rounded(shareOf('training')), decoding: rounded(shareOf('decoding')) };
  const share = Math.min(parts.training, parts.decoding);
  return checkRecord({
    ...{ name: 'limit', ours: share, peers: { 'the limit': 1 }, ratio: share, unit: 'share of the limit', n: repeats },
    ...{ parts, details: { about: side.about, turns, othersCores: rounded(othersCores) } },
  });
}
