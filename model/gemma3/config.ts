import { z } from 'zod';

const Count = z.int().positive();

/**
 * The shape of a Gemma 3 text model. Names are those of Hugging Face's `config.json`, in camelCase; plain JSON.
 *
 * Fixed in the whole family and so not in here: no biases, tied embeddings, GELU (tanh form), no logit soft-capping.
 */
export const Gemma3Config = z
  .strictObject({
    /** Token ids the model embeds and predicts; the image placeholders of the vision models are not among them. */
    vocabSize: Count,
    hiddenSize: Count,
    /** Width of the MLP. */
    intermediateSize: Count,
    numHiddenLayers: Count,
    numAttentionHeads: Count,
    numKeyValueHeads: Count,
    headDim: Count.multipleOf(2, 'must be even: RoPE turns pairs of dimensions'),
    /** Keys a local layer sees, the query's own included. */
    slidingWindow: Count,
    /** Every how manieth layer is global. */
    slidingWindowPattern: Count,
    /** RoPE base of the global layers. */
    ropeTheta: z.number().positive(),
    /** RoPE base of the local layers. */
    ropeLocalBaseFreq: z.number().positive(),
    /** Positions are divided by it in global layers only: 1 or, from 4B on, 8. */
    ropeScalingFactor: z.number().min(1),
    /** Queries are multiplied by its −½th power. The head dimension, but for the 27B. */
    queryPreAttnScalar: z.number().positive(),
    rmsNormEps: z.number().positive(),
    maxPositionEmbeddings: Count,
    /** A reward model: a linear head without bias makes one number of a hidden state. Absent in language models. */
    scoreHead: z.literal(true).optional(),
  })
  .refine((config) => config.numAttentionHeads % config.numKeyValueHeads === 0, {
    path: ['numKeyValueHeads'],
    message: 'must divide numAttentionHeads: query heads share key-value heads evenly',
  });

export type Gemma3Config = z.infer<typeof Gemma3Config>;

/** Whether layer `index` (from 0) attends to everything before it; the others see a sliding window. */
export function isGlobalLayer(config: Gemma3Config, index: number): boolean {
  return (index + 1) % config.slidingWindowPattern === 0;
}

/** Name of a reward model's head in a checkpoint, as Hugging Face's classes for sequence classification have it. */
export const SCORE_HEAD = 'score.weight';

/** Trained numbers in the model, the tied embedding counted once. */
export function parameterCount(config: Gemma3Config): number {
  let count = 0;
  for (const shape of parameterShapes(config).values()) count += shape.reduce((product, size) => product * size, 1);
  return count;
}

/**
 * Every parameter's name in a Hugging Face text checkpoint, with its shape. Matrices are [out, in].
 *
 * Norm weights are stored as w where the norm multiplies by 1 + w.
 */
export function parameterShapes(config: Gemma3Config): Map<string, readonly number[]> {
  const { hiddenSize, intermediateSize, headDim } = config;
  const queryWidth = config.numAttentionHeads * headDim;
  const keyWidth = config.numKeyValueHeads * headDim;
  const shapes = new Map<string, readonly number[]>([
    ['model.embed_tokens.weight', [config.vocabSize, hiddenSize]],
    ['model.norm.weight', [hiddenSize]],
  ]);
  const layer: Record<string, readonly number[]> = {
    input_layernorm: [hiddenSize],
    'self_attn.q_proj': [queryWidth, hiddenSize],
    'self_attn.k_proj': [keyWidth, hiddenSize],
    'self_attn.v_proj': [keyWidth, hiddenSize],
    'self_attn.o_proj': [hiddenSize, queryWidth],
    'self_attn.q_norm': [headDim],
    'self_attn.k_norm': [headDim],
    post_attention_layernorm: [hiddenSize],
    pre_feedforward_layernorm: [hiddenSize],
    'mlp.gate_proj': [intermediateSize, hiddenSize],
    'mlp.up_proj': [intermediateSize, hiddenSize],
    'mlp.down_proj': [hiddenSize, intermediateSize],
    post_feedforward_layernorm: [hiddenSize],
  };
  for (let index = 0; index < config.numHiddenLayers; index++) {
    for (const [name, shape] of Object.entries(layer)) shapes.set(`model.layers.${index}.${name}.weight`, shape);
  }
  if (config.scoreHead) shapes.set(SCORE_HEAD, [1, hiddenSize]);
  return shapes;
}

/**
 * Bytes of keys and values for one sequence of `tokens`: all of them in global layers, the window in local ones.
 *
 *     2 · K · H · bytesPerValue · (global · T + local · min(T, W))
 */
export function kvCacheBytes(config: Gemma3Config, tokens: number, bytesPerValue: number): number {
  const globalLayers = Math.floor(config.numHiddenLayers / config.slidingWindowPattern);
  const localLayers = config.numHiddenLayers - globalLayers;
  const cachedTokens = globalLayers * tokens + localLayers * Math.min(tokens, config.slidingWindow);
  return 2 * config.numKeyValueHeads * config.headDim * bytesPerValue * cachedTokens;
}
