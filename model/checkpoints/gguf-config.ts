import { z } from 'zod';
import { Gemma3Config } from '../gemma3/config.ts';
import type { GgufMetadata } from '../loaders/gguf.ts';

// The sizes that share 5:1 layers, the local RoPE base and the query scale; the 27B alone scales queries by d / heads.
const LOCAL_LAYERS = { slidingWindowPattern: 6, ropeLocalBaseFreq: 10_000 };
const LAYERS_OF_27B = 62;

const Metadata = z.object({
  'general.architecture': z.literal('gemma3'),
  'gemma3.context_length': z.int(),
  'gemma3.embedding_length': z.int(),
  'gemma3.block_count': z.int(),
  'gemma3.feed_forward_length': z.int(),
  'gemma3.attention.head_count': z.int(),
  'gemma3.attention.head_count_kv': z.int(),
  'gemma3.attention.key_length': z.int(),
  'gemma3.attention.sliding_window': z.int(),
  'gemma3.attention.layer_norm_rms_epsilon': z.number(),
  'gemma3.rope.freq_base': z.number().default(1_000_000),
  'gemma3.rope.scaling.type': z.enum(['none', 'linear']).default('none'),
  'gemma3.rope.scaling.factor': z.number().default(1),
  'tokenizer.ggml.tokens': z.array(z.string()),
});

/**
 * The text model that the metadata of a GGUF file describes.
 *
 * The layer pattern, the local RoPE base and the query scale have no keys there. Like llama.cpp, this takes them to be
 * the family's, and a model of 62 layers to be the 27B.
 *
 * @param where Names the file in errors.
 * @throws TypeError if it is no Gemma 3 or a key is missing.
 */
export function fromGgufMetadata(metadata: GgufMetadata, where: string): Gemma3Config {
  const parsed = Metadata.safeParse(Object.fromEntries(metadata));
  if (!parsed.success) {
    throw new TypeError(`${where}: not a GGUF file of a Gemma 3 model\n${z.prettifyError(parsed.error)}`);
  }
  const value = parsed.data;
  const layers = value['gemma3.block_count'];
  const heads = value['gemma3.attention.head_count'];
  const headDim = value['gemma3.attention.key_length'];
  return Gemma3Config.parse({
    ...LOCAL_LAYERS,
    vocabSize: value['tokenizer.ggml.tokens'].length,
    hiddenSize: value['gemma3.embedding_length'],
    intermediateSize: value['gemma3.feed_forward_length'],
    numHiddenLayers: layers,
    numAttentionHeads: heads,
    numKeyValueHeads: value['gemma3.attention.head_count_kv'],
    headDim,
    slidingWindow: value['gemma3.attention.sliding_window'],
    ropeTheta: value['gemma3.rope.freq_base'],
    ropeScalingFactor: value['gemma3.rope.scaling.type'] === 'linear' ? value['gemma3.rope.scaling.factor'] : 1,
    queryPreAttnScalar: layers === LAYERS_OF_27B ? value['gemma3.embedding_length'] / heads : headDim,
    // Stored in float32: seven digits give back the decimal number it was.
    rmsNormEps: Number(value['gemma3.attention.layer_norm_rms_epsilon'].toPrecision(7)),
    maxPositionEmbeddings: value['gemma3.context_length'],
  });
}
