import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import { resolveModel } from '../model/checkpoints/resolve-model.ts';
import { cacheRoot } from '../scripts/paths.mjs';
import { run as runProgram } from '../scripts/setup/shell.mjs';
import type { BenchContext } from './bench.ts';
import { decodeInput, sameTokens } from './decoding.ts';
import { duel } from './duel.ts';
import { ours } from './ours/command.ts';
import { peerPaths } from './peers/setup.mjs';
import type { BenchRecord } from './record.ts';

const PROMPTS = 32;

/** 32 prompts of 64 tokens, 64 new tokens each, against llama.cpp with 16-bit weights. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  const input = await decodeInput(context.model, PROMPTS);
  const { llama } = await peerPaths();
  const peers = [];
  for (const kind of ['BF16', 'F16'] as const) {
    const gguf = await convert(context.model, kind);
    for (const flashAttention of [false, true]) {
      const options = { ...input, package: llama, gguf, flashAttention, warmUp: 1 };
      peers.push({
        name: `llama.cpp ${kind}${flashAttention ? ', flash attention' : ''}`,
        program: process.execPath,
        args: [join(import.meta.dirname, 'peers', 'llama.mjs'), JSON.stringify(options)],
      });
    }
  }
  return duel(
    {
      ...{ name: 'llamacpp', unit: 'new tokens/s', repeats: 4, bytesTogether: 7 * 2 ** 30, compare: sameTokens },
      ours: ours('decode', { ...input, warmUp: 1 }),
      peers,
    },
    context,
  );
}

/** The model's GGUF with 16-bit matrices, made once. */
async function convert(model: string, kind: 'BF16' | 'F16'): Promise<string> {
  const source = await resolveModel(model);
  if (!source.endsWith('.gguf')) throw new RangeError(`llamacpp: ${source} is no .gguf file; take gemma-3-270m`);
  const target = join(cacheRoot(), 'bench', `gemma-3-270m-${kind.toLowerCase()}.gguf`);
  if (existsSync(target)) return target;
  const { python } = await peerPaths();
  await runProgram(python, [join(import.meta.dirname, 'peers', 'to_gguf.py'), source, `${target}.making`, kind]);
  await rename(`${target}.making`, target);
  return target;
}
