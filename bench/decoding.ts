import type { BenchContext } from './bench.ts';
import { duel } from './duel.ts';
import { ours } from './ours/command.ts';
import type { DecodeInput } from './ours/decode.ts';
import { python } from './peers/commands.ts';
import type { BenchRecord } from './record.ts';
import { benchModel, texts } from './workload.ts';

const PROMPT_TOKENS = 64;
export const NEW_TOKENS = 64;

/** Prompts of 64 tokens that all go on for 64 more, for every side of a decoding benchmark. */
export async function decodeInput(name: string, prompts: number): Promise<Omit<DecodeInput, 'precision' | 'warmUp'>> {
  const model = await benchModel(name);
  return { model, ids: await texts(model, prompts, PROMPT_TOKENS), newTokens: NEW_TOKENS };
}

/** Greedy decoding of some prompts by us and by transformers' `generate`. */
export async function decoding(name: string, prompts: number, context: BenchContext): Promise<BenchRecord> {
  const input = await decodeInput(context.model, prompts);
  const variants = {
    'transformers fp32': {},
    'transformers bf16': { dtype: 'bfloat16' },
    'transformers bf16, static cache, torch.compile': { dtype: 'bfloat16', cache: 'static' },
  };
  const peers = Object.entries(variants).map(([peer, options]) =>
    python(peer, 'decode.py', { ...input, ...options, warmUp: 1 }),
  );
  return duel(
    {
      ...{ name, unit: 'new tokens/s', repeats: 4, bytesTogether: 10 * 2 ** 30 },
      ours: ours('decode', { ...input, precision: 'bfloat16', warmUp: 1 } satisfies DecodeInput),
      peers: await Promise.all(peers),
    },
    context,
  );
}
