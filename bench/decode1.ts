import type { BenchContext } from './bench.ts';
import { decoding } from './decoding.ts';

/** One prompt of 64 tokens, 64 new tokens. */
export const run = (context: BenchContext) => decoding('decode1', 1, context);
