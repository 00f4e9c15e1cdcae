import type { BenchContext } from './bench.ts';
import { duel } from './duel.ts';
import { ours } from './ours/command.ts';
import type { ScoreInput } from './ours/score.ts';
import { python } from './peers/commands.ts';
import type { BenchRecord } from './record.ts';
import type { Turn } from './side.ts';
import { benchModel, texts } from './workload.ts';

const ROWS = 64;
const TOKENS = 192;
const PROMPT_TOKENS = 64;

/** Log-probabilities of 64 sequences of 192 tokens, of which 128 are completion. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  const model = await benchModel(context.model);
  const common = { model, ids: await texts(model, ROWS, TOKENS), promptTokens: PROMPT_TOKENS };
  const variants = {
    'transformers fp32': {},
    'transformers bf16': { dtype: 'bfloat16' },
    'transformers bf16 autocast': { autocast: true },
    'transformers fp32, torch.compile': { compile: true },
    'transformers bf16, torch.compile': { dtype: 'bfloat16', compile: true },
  };
  const peers = Object.entries(variants).map(([peer, options]) =>
    python(peer, 'score.py', { ...common, ...options, rowsAtOnce: 8, warmUp: 1 }),
  );
  return duel(
    {
      ...{ name: 'score', unit: 'tokens/s', repeats: 3, bytesTogether: 12 * 2 ** 30, compare },
      ours: ours('score', { ...common, warmUp: 1 } satisfies ScoreInput),
      peers: await Promise.all(peers),
    },
    context,
  );
}

/** Sums over a completion of 128 tokens must agree to what bfloat16 leaves of them. */
function compare(ours: Turn, theirs: Turn): string | null {
  const [a, b] = [ours.result as number[], theirs.result as number[]];
  const far = a.findIndex((sum, i) => Math.abs(sum - b[i]!) > 0.03 * Math.abs(b[i]!) + 1);
  return far < 0 ? null : `sequence ${far}: log-probability ${a[far]} here, ${b[far]} there`;
}
