import type { BenchContext } from './bench.ts';
import { decoding } from './decoding.ts';

/** 32 prompts of 64 tokens, 64 new tokens each. */
export const run = (context: BenchContext) => decoding('decode', 32, context);
