import type { BenchContext } from './bench.ts';
import { decodeInput, decoding } from './decoding.ts';

/** 32 prompts of 64 tokens, 64 new tokens each. */
export const run = async (context: BenchContext) => decoding('decode', await decodeInput(context.model, 32), context);
