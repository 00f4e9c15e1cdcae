import type { Precision } from '../api/precision.ts';
import { cachedContexts } from '../gemma3/attention-context.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { KeyValueStore } from '../gemma3/decoder-layer.ts';
import { decode, embed } from '../gemma3/decoder.ts';
import { logitsOf } from '../gemma3/head.ts';
import { readWeights } from '../gemma3/weights.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { gather } from '../tensor/raw-ops.ts';
import { readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor1D, Tensor2D, Tensor3D } from '../tf.ts';
import { cacheSlots, createCacheMove, decodeStore, prefillStore, readOnStore, slotPositions } from './kv-cache.ts';
import type { CacheEntries, KeyValueCache, Prefix } from './kv-cache.ts';
import { sampleTokens } from './sampler.ts';
import type { Sampled, TokenChoice } from './sampler.ts';

/** What follows the prefix in prompts, padded on the right to one length. */
export interface PromptTensors {
  readonly ids: Tensor2D; // [P, T]
  readonly lengths: Tensor1D; // [P]
}

/**
 * The compiled functions of generation: `readOn` reads tokens that prompts begin with, `prefill` what follows them into
 * rows of a cache and draws each row's first token, `step` takes each row's last token and draws the next, `moveCache`
 * makes a smaller cache of some rows. Logits stay on the device.
 */
export function createDecoderSteps(config: Gemma3Config, precision: Precision) {
  const prefill = compile(
    'prefill',
    (
      weights: Gemma3Weights<Variable>,
      cache: KeyValueCache,
      prefix: Prefix,
      prompts: PromptTensors,
      entries: CacheEntries, // [E]
      uniforms: Tensor1D, // [E]
      choice: TokenChoice,
    ): Sampled => {
      const { ids, lengths } = prompts;
      const store = prefillStore(cache, prefix, lengths, entries);
      const hidden = read(config, weights, prefix, ids, store);
      const last = gather(hidden, tf.sub(lengths, tf.scalar(1, 'int32')), 1, 1) as Tensor2D; // [P, D]
      const logits = logitsOf(last, readVariable(weights.embedTokens) as Tensor2D); // [P, V]
      return sampleTokens(gather(logits, entries.prompts, 0) as Tensor2D, uniforms, choice);
    },
    { precision },
  );

  const readOn = compile(
    'read_on',
    (weights: Gemma3Weights<Variable>, prefix: Prefix, longer: KeyValueCache, ids: Tensor2D) => {
      read(config, weights, prefix, ids, readOnStore(prefix, longer));
      return tf.scalar(0);
    },
    { precision },
  );

  const step = compile(
    'decode_step',
    (
      weights: Gemma3Weights<Variable>,
      cache: KeyValueCache,
      tokens: Tensor1D, // [B]
      positions: Tensor1D, // [B]
      uniforms: Tensor1D, // [B]
      capacity: number,
      choice: TokenChoice,
    ): Sampled => {
      const slots = cacheSlots(config, capacity);
      const contexts = cachedContexts(
        tf.expandDims(positions, 1) as Tensor2D,
        slotPositions(positions, slots.local),
        slotPositions(positions, slots.global),
        config,
      );
      const x = embed(weights.embedTokens, tf.expandDims(tokens, 1)); // [B, 1, D]
      const hidden = decode(readWeights(weights), x, contexts, config, decodeStore(cache, positions));
      const logits = logitsOf(tf.squeeze(hidden, [1]), readVariable(weights.embedTokens) as Tensor2D);
      return sampleTokens(logits, uniforms, choice);
    },
    { precision },
  );

  return { readOn, prefill, step, moveCache: createCacheMove() };
}

export type DecoderSteps = ReturnType<typeof createDecoderSteps>;

/** Hidden states of tokens that follow a prefix. Padding on the right comes after them, so that none sees it. */
function read(
  config: Gemma3Config,
  weights: Gemma3Weights<Variable>,
  prefix: Prefix,
  ids: Tensor2D,
  store: KeyValueStore,
): Tensor3D {
  const end = prefix.length + ids.shape[1];
  const positionsFrom = (start: number) => tf.expandDims(tf.range(start, end, 1, 'int32'), 0) as Tensor2D;
  const kept = cacheSlots(config, prefix.length);
  const contexts = cachedContexts(
    positionsFrom(prefix.length),
    positionsFrom(prefix.length - kept.local),
    positionsFrom(prefix.length - kept.global),
    config,
  );
  return decode(readWeights(weights), embed(weights.embedTokens, ids), contexts, config, store);
}
