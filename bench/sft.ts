import type { BenchContext } from './bench.ts';
import { duel } from './duel.ts';
import { ours } from './ours/command.ts';
import type { SftInput } from './ours/sft.ts';
import { python } from './peers/commands.ts';
import type { BenchRecord } from './record.ts';
import type { SideCommand, Turn } from './side.ts';
import { benchModel, texts } from './workload.ts';

const ROWS = 8;
const TOKENS = 128;
/** The shortest prompts with which no two rows begin alike: all but two tokens of each row carry a loss, here and there. */
const UNWEIGHTED = 2;
/** A token id, as are those after it. */
const FIRST_WORD = 200;

/** One step of full fine-tuning of the real 270M on 8 sequences of 128 tokens, loss on all but the first tokens. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  return duel(
    {
      ...{ name: 'sft', unit: 'tokens/s', repeats: 4, bytesTogether: 17 * 2 ** 30, compare },
      ...(await sftSides(context.model, 2)),
    },
    context,
  );
}

/** Both sides of the step. */
export async function sftSides(
  name: string,
  warmUp: number,
  env?: Readonly<Record<string, string>>,
): Promise<{ ours: SideCommand; peers: SideCommand[] }> {
  const input = { ...(await sftInput(name)), warmUp };
  const variants = {
    'transformers fp32': {},
    'transformers bf16 autocast': { autocast: true },
    'transformers fp32, torch.compile': { compile: true },
    'transformers bf16 autocast, torch.compile': { autocast: true, compile: true },
    'transformers fp32, oneDNN bf16 products': { onednn_bf16: true },
  };
  const peers = Object.entries(variants).map(([peer, options]) =>
    python(peer, 'sft.py', { ...input, ...options }, env),
  );
  return { ours: ours('sft', input satisfies SftInput), peers: await Promise.all(peers) };
}

export async function sftInput(name: string): Promise<Omit<SftInput, 'warmUp'>> {
  const model = await benchModel(name);
  return { model, ids: await sftIds(model, ROWS, TOKENS), unweighted: UNWEIGHTED, learningRate: 1e-5 };
}

/** Texts that differ within their first {@link UNWEIGHTED} tokens: rows with one prompt would be packed as one. */
async function sftIds(model: string, rows: number, length: number): Promise<number[][]> {
  const ids = await texts(model, rows, length);
  return ids.map((row, i) => [row[0]!, FIRST_WORD + i, ...row.slice(2)]);
}

/** Loss and gradient of the first step, from the same weights, must agree to what bfloat16 leaves of them. */
function compare(ours: Turn, theirs: Turn): string | null {
  const [a, b] = [ours, theirs].map(({ result }) => (result as { first: { loss: number; gradNorm: number } }).first);
  const isNear = (x: number, y: number, part: number) => Math.abs(x - y) <= part * Math.abs(y);
  if (isNear(a!.loss, b!.loss, 0.02) && isNear(a!.gradNorm, b!.gradNorm, 0.1)) return null;
  return `first step: ${JSON.stringify(a)} here, ${JSON.stringify(b)} there`;
}
