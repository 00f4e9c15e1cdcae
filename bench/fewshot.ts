import type { BenchContext } from './bench.ts';
import { decoding } from './decoding.ts';
import { benchModel, texts } from './workload.ts';

const PROMPTS = 32;
const SHARED = 128;
const OWN = 64;

/** 32 prompts that begin with the same 128 tokens, as examples shown or a system prompt, with 64 of their own; 16 new tokens. */
export async function run(context: BenchContext) {
  const model = await benchModel(context.model);
  const [shown] = await texts(model, 1, SHARED);
  const own = await texts(model, PROMPTS + 1, OWN + 1);
  const ids = own.slice(1).map((text) => [...shown!, ...text.slice(1)]); // the first one is part of what is shown
  return decoding('fewshot', { model, ids, newTokens: 16 }, context);
}
