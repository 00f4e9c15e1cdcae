import { makeWordProblems } from '../activities/data/word-problems.ts';
import type { BenchContext } from './bench.ts';
import { duel } from './duel.ts';
import { ours } from './ours/command.ts';
import type { RlStepInput } from './ours/rl-step.ts';
import { python } from './peers/commands.ts';
import type { BenchRecord } from './record.ts';
import type { SideCommand } from './side.ts';
import { benchModel } from './workload.ts';

const PROMPTS = 16;

/** One step of reinforcement learning on 16 word problems with 4 samples of up to 64 tokens each. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  return duel(
    // Samples differ from side to side, so the number of tokens does, a little; the rate accounts for it.
    {
      ...{ name: 'rl-step', unit: 'sampled tokens/s', repeats: 3, bytesTogether: 20 * 2 ** 30, unitsWithin: 0.15 },
      ...(await rlSides(context.model, 1)),
    },
    context,
  );
}

/** Both sides of the step. */
export async function rlSides(
  name: string,
  warmUp: number,
  env?: Readonly<Record<string, string>>,
): Promise<{ ours: SideCommand; peers: SideCommand[] }> {
  const model = await benchModel(name);
  const { train } = makeWordProblems({
    ...{ kind: 'one-operation', maxNumber: 20, evaluationProblems: 1, trainProblems: PROMPTS, seed: 1 },
  });
  const rows = train.map(({ question, answer }) => ({ prompt: `Question: ${question}\nAnswer:`, answer }));
  const common = { model, rows, numGenerations: 4, newTokens: 64, warmUp };
  const variants = {
    'TRL GRPO, fp32': { autocast: false, patched: false },
    'TRL GRPO, fp32, head on completions only': { autocast: false, patched: true },
    'TRL GRPO, bf16 autocast': { autocast: true, patched: false },
    'TRL GRPO, bf16 autocast, head on completions only': { autocast: true, patched: true },
  };
  const peers = Object.entries(variants).map(([peer, options]) =>
    python(peer, 'grpo.py', { ...common, ...options, rowsAtOnce: 8 }, env),
  );
  return {
    ours: ours('rl-step', common satisfies RlStepInput),
    peers: await Promise.all(peers),
  };
}
