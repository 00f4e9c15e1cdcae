import type { BenchContext } from './bench.ts';
import { duel } from './duel.ts';
import { ours } from './ours/command.ts';
import type { DecodeInput } from './ours/decode.ts';
import { python } from './peers/commands.ts';
import type { BenchRecord } from './record.ts';
import type { Turn } from './side.ts';
import { benchModel, texts } from './workload.ts';

const PROMPT_TOKENS = 64;
export const NEW_TOKENS = 64;

/** Prompts of 64 tokens that all go on for 64 more, for every side of a decoding benchmark. */
export async function decodeInput(name: string, prompts: number): Promise<Omit<DecodeInput, 'warmUp'>> {
  const model = await benchModel(name);
  return { model, ids: await texts(model, prompts, PROMPT_TOKENS), newTokens: NEW_TOKENS };
}

/** Greedy decoding by us and by transformers' `generate`. */
export async function decoding(
  name: string,
  input: Omit<DecodeInput, 'warmUp'>,
  context: BenchContext,
): Promise<BenchRecord> {
  const variants = {
    'transformers fp32': {},
    'transformers bf16': { dtype: 'bfloat16' },
    'transformers fp32, static cache, torch.compile': { cache: 'static' },
    'transformers bf16, static cache, torch.compile': { dtype: 'bfloat16', cache: 'static' },
  };
  const peers = Object.entries(variants).map(([peer, options]) =>
    python(peer, 'decode.py', { ...input, ...options, warmUp: 1 }),
  );
  return duel(
    {
      ...{ name, unit: 'new tokens/s', repeats: 4, bytesTogether: 10 * 2 ** 30, compare: sameTokens },
      ours: ours('decode', { ...input, warmUp: 1 } satisfies DecodeInput),
      peers: await Promise.all(peers),
    },
    context,
  );
}

/** Rounding may turn a close choice and all that follows from it, but not the first token of many rows. */
export function sameTokens(ours: Turn, theirs: Turn): string | null {
  const [a, b] = [ours.result as number[][], theirs.result as number[][]];
  const agree = a.filter((row, i) => row[0] === b[i]![0]).length;
  return agree >= 0.9 * a.length ? null : `the first new token agrees in ${agree} of ${a.length} rows`;
}
