import type { Precision } from '../api/precision.ts';
import { cachedContexts, packedContexts } from '../gemma3/attention-context.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { decode, embed } from '../gemma3/decoder.ts';
import { logitsOf } from '../gemma3/head.ts';
import { readWeights } from '../gemma3/weights.ts';
import type { Gemma3Weights } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { gather } from '../tensor/raw-ops.ts';
import { readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor1D, Tensor2D } from '../tf.ts';
import { cacheSlots, createCacheMove, decodeStore, prefillStore, slotPositions } from './kv-cache.ts';
import type { CacheEntries, KeyValueCache } from './kv-cache.ts';
import { sampleTokens } from './sampler.ts';
import type { Sampled, TokenChoice } from './sampler.ts';

/** Prompts padded on the right to one length. */
export interface PromptTensors {
  readonly ids: Tensor2D; // [P, T]
  readonly lengths: Tensor1D; // [P]
}

/**
 * The compiled functions of generation: `prefill` reads prompts into rows of a cache and draws each row's first token,
 * `step` takes each row's last token and draws the next, `moveCache` makes a smaller cache of some rows. Logits stay on
 * the device.
 */
export function createDecoderSteps(config: Gemma3Config, precision: Precision) {
  const prefill = compile(
    'prefill',
    (
      weights: Gemma3Weights<Variable>,
      cache: KeyValueCache,
      prompts: PromptTensors,
      entries: CacheEntries, // [E]
      uniforms: Tensor1D, // [E]
      choice: TokenChoice,
    ): Sampled => {
      const { ids, lengths } = prompts;
      const store = prefillStore(cache, lengths, entries);
      const hidden = decode(
        readWeights(weights),
        embed(weights.embedTokens, ids),
        promptContexts(prompts),
        config,
        store,
      );
      const last = gather(hidden, tf.sub(lengths, tf.scalar(1, 'int32')), 1, 1) as Tensor2D; // [P, D]
      const logits = logitsOf(last, readVariable(weights.embedTokens) as Tensor2D); // [P, V]
      return sampleTokens(gather(logits, entries.prompts, 0) as Tensor2D, uniforms, choice);
    },
    { precision },
  );

  function promptContexts({ ids, lengths }: PromptTensors) {
    const [P, T] = ids.shape;
    const positions = tf.broadcastTo(tf.reshape(tf.range(0, T, 1, 'int32'), [1, T]), [P, T]) as Tensor2D;
    const padding = tf.greaterEqual(positions, tf.expandDims(lengths, 1));
    const sequences = tf.neg(tf.cast(padding, 'int32')) as Tensor2D; // 0, and -1 for padding
    return packedContexts({ positions, sequences, branches: tf.zerosLike(positions) }, config);
  }

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

  return { prefill, step, moveCache: createCacheMove() };
}

export type DecoderSteps = ReturnType<typeof createDecoderSteps>;
