import type { BenchContext } from './bench.ts';
import { decodeInput, decoding } from './decoding.ts';

/** One prompt of 64 tokens, 64 new tokens. */
export const run = async (context: BenchContext) => decoding('decode1', await decodeInput(context.model, 1), context);
