import { setImmediate } from 'node:timers/promises';

import type { GenerateRequest } from '../api/generation.ts';
import * as tf from '../tf.ts';
import type { GenerateContext } from './generate.ts';
import { createCache, disposeCache } from './kv-cache.ts';
import type { Prefix } from './kv-cache.ts';
import { CHUNK } from './plan.ts';

/**
 * Reads the tokens that follow a prefix, some at a time, and gives the longer prefix, to be disposed of. The one given
 * stays as it is.
 *
 * @throws The signal's reason, between chunks.
 */
export async function readOn(
  prefix: Prefix,
  ids: readonly number[],
  { precision }: Pick<GenerateRequest, 'precision'>,
  { config, weights, steps, signal }: GenerateContext,
): Promise<Prefix> {
  let read = prefix;
  try {
    for (let from = 0; from < ids.length; from += CHUNK) {
      await setImmediate();
      signal?.throwIfAborted();
      const chunk = ids.slice(from, from + CHUNK);
      const length = read.length + chunk.length;
      const longer: Prefix = { length, cache: createCache(config, 1, length, precision) };
      tf.tidy(
        () => void steps.readOn(weights, read, longer.cache, tf.tensor2d([chunk], undefined, 'int32')).dataSync(),
      );
      if (read !== prefix) disposeCache(read.cache);
      read = longer;
    }
  } catch (error) {
    if (read !== prefix) disposeCache(read.cache);
    throw error;
  }
  return read;
}
