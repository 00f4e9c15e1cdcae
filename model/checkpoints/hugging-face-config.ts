import { z } from 'zod';
import { Gemma3Config, isGlobalLayer } from '../gemma3/config.ts';

const RopeParameters = z.object({
  rope_type: z.string().optional(),
  // The name of `rope_type` in the first Gemma 3 configs.
  type: z.string().optional(),
  factor: z.number().optional(),
  rope_theta: z.number().optional(),
});

// Defaults are those of `Gemma3TextConfig` in transformers: the published 4B, 12B and 27B files leave most keys out.
const TextConfig = z.object({
  vocab_size: z.int().default(262_208),
  hidden_size: z.int().default(2304),
  intermediate_size: z.int().default(9216),
  num_hidden_layers: z.int().default(26),
  num_attention_heads: z.int().default(8),
  num_key_value_heads: z.int().default(4),
  head_dim: z.int().default(256),
  sliding_window: z.int().default(4096),
  max_position_embeddings: z.int().default(131_072),
  rms_norm_eps: z.number().default(1e-6),
  query_pre_attn_scalar: z.number().default(256),
  // Where the layers' kinds are said, oldest key last.
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
  sliding_window_pattern: z.int().optional(),
  _sliding_window_pattern: z.int().optional(),
  // Positions: `rope_parameters` is how transformers 5 says what the other three say.
  rope_parameters: z.object({ full_attention: RopeParameters, sliding_attention: RopeParameters }).partial().nullish(),
  rope_theta: z.number().default(1_000_000),
  rope_local_base_freq: z.number().default(10_000),
  rope_scaling: RopeParameters.nullish(),
  // What this model core does not do, and no published Gemma 3 asks for.
  hidden_activation: z.literal('gelu_pytorch_tanh').default('gelu_pytorch_tanh'),
  attention_bias: z.literal(false).default(false),
  attn_logit_softcapping: z.null().default(null),
  final_logit_softcapping: z.null().default(null),
  tie_word_embeddings: z.literal(true).default(true),
  use_bidirectional_attention: z.literal(false).nullable().default(false),
});

const Config = z.object({
  architectures: z.array(z.string()).nullish(),
  // One label for each output of a head, in a model for sequence classification.
  id2label: z.record(z.string(), z.unknown()).optional(),
  model_type: z.enum(['gemma3', 'gemma3_text']),
  text_config: z.unknown().optional(),
  image_token_index: z.int().optional(),
  image_token_id: z.int().optional(),
});

/**
 * The text model that a Hugging Face `config.json` describes: of a text-only checkpoint, or the `text_config` of one
 * with vision. Reads the keys of transformers 4.50 and later and those of transformers 5.
 *
 * @param json The parsed file.
 * @param where Names the file in errors.
 * @throws TypeError if it is no Gemma 3, or asks for something no published Gemma 3 has.
 */
export function fromHuggingFaceConfig(json: unknown, where: string): Gemma3Config {
  const whole = parse(Config, json, where);
  const text = parse(TextConfig, whole.text_config ?? json, where);
  const full = text.rope_parameters?.full_attention ?? text.rope_scaling ?? {};
  const local = text.rope_parameters?.sliding_attention;
  // In vision checkpoints rows from the image placeholder's on are no text tokens.
  const imageToken =
    whole.text_config === undefined ? undefined : (whole.image_token_id ?? whole.image_token_index ?? 262_144);
  return parse(
    Gemma3Config,
    {
      vocabSize: Math.min(text.vocab_size, imageToken ?? Infinity),
      hiddenSize: text.hidden_size,
      intermediateSize: text.intermediate_size,
      numHiddenLayers: text.num_hidden_layers,
      numAttentionHeads: text.num_attention_heads,
      numKeyValueHeads: text.num_key_value_heads,
      headDim: text.head_dim,
      slidingWindow: text.sliding_window,
      slidingWindowPattern: layerPattern(text, where),
      ropeTheta: full.rope_theta ?? text.rope_theta,
      ropeLocalBaseFreq: local?.rope_theta ?? text.rope_local_base_freq,
      ropeScalingFactor: scalingFactor(full, where),
      queryPreAttnScalar: text.query_pre_attn_scalar,
      rmsNormEps: text.rms_norm_eps,
      maxPositionEmbeddings: text.max_position_embeddings,
      ...(hasScoreHead(whole, where) && { scoreHead: true }),
    },
    where,
  );
}

/** The parsed form of a text-only `config.json` that transformers 4.50 and later, 5 included, load. */
export function toHuggingFaceConfig(config: Gemma3Config, ids: TokenIds): Record<string, unknown> {
  const linear = { rope_type: 'linear', factor: config.ropeScalingFactor };
  return {
    ...(config.scoreHead
      ? // Without the labels transformers makes a head of two outputs.
        { architectures: ['Gemma3TextForSequenceClassification'], ...ONE_LABEL }
      : { architectures: ['Gemma3ForCausalLM'] }),
    model_type: 'gemma3_text',
    torch_dtype: 'float32',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    head_dim: config.headDim,
    hidden_activation: 'gelu_pytorch_tanh',
    max_position_embeddings: config.maxPositionEmbeddings,
    rms_norm_eps: config.rmsNormEps,
    query_pre_attn_scalar: config.queryPreAttnScalar,
    sliding_window: config.slidingWindow,
    sliding_window_pattern: config.slidingWindowPattern,
    layer_types: Array.from({ length: config.numHiddenLayers }, (_, index) =>
      isGlobalLayer(config, index) ? 'full_attention' : 'sliding_attention',
    ),
    rope_theta: config.ropeTheta,
    rope_local_base_freq: config.ropeLocalBaseFreq,
    rope_scaling: config.ropeScalingFactor === 1 ? null : linear,
    attention_bias: false,
    attention_dropout: 0,
    attn_logit_softcapping: null,
    final_logit_softcapping: null,
    tie_word_embeddings: true,
    bos_token_id: ids.bosId,
    eos_token_id: ids.eosId,
    pad_token_id: ids.padId,
  };
}

const ONE_LABEL = { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } };

/** Whether it is a reward model: a classifier of sequences with one output. */
function hasScoreHead({ architectures, id2label }: z.infer<typeof Config>, where: string): boolean {
  const isClassifier = architectures?.some((name) => name.endsWith('ForSequenceClassification')) ?? false;
  const labels = id2label ? Object.keys(id2label).length : 2; // what transformers takes where nothing is said
  if (isClassifier && labels !== 1) {
    throw new TypeError(`${where}: a classifier with ${labels} labels, expected 1 as a reward model has`);
  }
  return isClassifier;
}

/** Ids of the tokens that `config.json` and `generation_config.json` name. */
export interface TokenIds {
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
}

/** Every how manieth layer is global. Kinds that do not repeat regularly are refused. */
function layerPattern(text: z.infer<typeof TextConfig>, where: string): number {
  const kinds = text.layer_types;
  if (!kinds) return text.sliding_window_pattern ?? text._sliding_window_pattern ?? 6;
  const firstGlobal = kinds.indexOf('full_attention');
  const pattern = firstGlobal < 0 ? kinds.length + 1 : firstGlobal + 1;
  const regular = kinds.every((kind, index) => (kind === 'full_attention') === ((index + 1) % pattern === 0));
  if (!regular || kinds.length !== text.num_hidden_layers) {
    throw new TypeError(
      `${where}: layer_types is [${kinds.join(', ')}], expected one kind for each of ${text.num_hidden_layers} layers, ` +
        'with every n-th global; such a model is not supported',
    );
  }
  return pattern;
}

function scalingFactor(rope: z.infer<typeof RopeParameters>, where: string): number {
  const kind = rope.rope_type ?? rope.type ?? 'default';
  if (kind === 'default') return 1;
  if (kind === 'linear' && rope.factor !== undefined) return rope.factor;
  throw new TypeError(`${where}: RoPE scaling is ${JSON.stringify(rope)}, expected none or linear with a factor`);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new TypeError(`${where}: not a config of a Gemma 3 text model\n${z.prettifyError(result.error)}`);
}
