import { gatherVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor3D } from '../tf.ts';
import type { AttentionContexts } from './attention-context.ts';
import { isGlobalLayer } from './config.ts';
import type { Gemma3Config } from './config.ts';
import { decoderLayer, withoutCache, withoutDropout } from './decoder-layer.ts';
import type { Dropout, KeyValueStore } from './decoder-layer.ts';
import { rmsNorm } from './ops.ts';
import type { ForwardWeights } from './weights.ts';

/** Embeddings of token ids [B, T], scaled by √D. [B, T, D] */
export function embed(embedTokens: Variable, ids: Tensor): Tensor3D {
  const D = embedTokens.shape[1]!;
  return tf.mul(gatherVariable(embedTokens, ids), Math.fround(Math.sqrt(D)));
}

/**
 * The layers of Gemma 3 and the final norm: the one forward pass, for training, scoring and decoding.
 *
 * @param x Embedded tokens. [B, T, D]
 * @param store Where keys and values go to and come from; by default attention stays within the tokens at hand.
 * @param dropout For training: what becomes of a layer's two branches before they are added. By default, nothing.
 * @returns Hidden states, ready for the output head. [B, T, D]
 */
export function decode(
  weights: Omit<ForwardWeights, 'embedTokens'>,
  x: Tensor3D,
  contexts: AttentionContexts,
  config: Gemma3Config,
  store: KeyValueStore = withoutCache,
  dropout: Dropout = withoutDropout,
): Tensor3D {
  let h = x;
  weights.layers.forEach((layer, index) => {
    const context = isGlobalLayer(config, index) ? contexts.global : contexts.local;
    h = decoderLayer(
      layer,
      h,
      context,
      (fresh) => store(index, fresh),
      config,
      (branch, site) => dropout(branch, 2 * index + site),
    );
  });
  return rmsNorm(h, weights.norm, config.rmsNormEps) as Tensor3D;
}
