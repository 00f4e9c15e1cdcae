import { describe, expect, test } from 'vitest';
import { fromHuggingFaceConfig, toHuggingFaceConfig } from '../../../model/checkpoints/hugging-face-config.ts';
import { GEMMA3_SIZES } from '../../../model/gemma3/sizes.ts';

// The keys of the published 270M file that say something about the model.
const FILE_270M = {
  architectures: ['Gemma3ForCausalLM'],
  model_type: 'gemma3_text',
  _sliding_window_pattern: 6,
  attention_bias: false,
  attn_logit_softcapping: null,
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 640,
  intermediate_size: 2048,
  max_position_embeddings: 32_768,
  num_attention_heads: 4,
  num_hidden_layers: 18,
  num_key_value_heads: 1,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10_000,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: 512,
  vocab_size: 262_144,
};

// A vision checkpoint says only what differs from the defaults of transformers.
const FILE_4B = {
  architectures: ['Gemma3ForConditionalGeneration'],
  model_type: 'gemma3',
  image_token_index: 262_144,
  text_config: {
    hidden_size: 2560,
    intermediate_size: 10_240,
    model_type: 'gemma3_text',
    num_hidden_layers: 34,
    rope_scaling: { factor: 8, rope_type: 'linear' },
    sliding_window: 1024,
  },
  vision_config: { hidden_size: 1152 },
};

describe('fromHuggingFaceConfig', () => {
  test('reads a text-only file', () => {
    expect(fromHuggingFaceConfig(FILE_270M, 'config.json')).toEqual(GEMMA3_SIZES['270m']);
  });

  test('reads the text part of a vision file, without the rows of image placeholders', () => {
    expect(fromHuggingFaceConfig(FILE_4B, 'config.json')).toEqual(GEMMA3_SIZES['4b']);
  });

  test('reads rope_parameters and layer_types as transformers 5 writes them', () => {
    const kind = (i: number) => (i === 2 || i === 5 ? 'full_attention' : 'sliding_attention');
    const file = {
      ...FILE_270M,
      ...{ rope_theta: undefined, rope_local_base_freq: undefined, rope_scaling: undefined },
      num_hidden_layers: 7,
      layer_types: Array.from({ length: 7 }, (_, i) => kind(i)),
      rope_parameters: {
        full_attention: { rope_type: 'linear', factor: 4, rope_theta: 500_000 },
        sliding_attention: { rope_type: 'default', rope_theta: 20_000 },
      },
    };
    expect(fromHuggingFaceConfig(file, 'config.json')).toMatchObject({
      slidingWindowPattern: 3,
      ropeTheta: 500_000,
      ropeLocalBaseFreq: 20_000,
      ropeScalingFactor: 4,
    });
  });

  test.each([
    ['another model', { model_type: 'llama' }, /model_type/],
    ['soft-capping', { final_logit_softcapping: 30 }, /final_logit_softcapping/],
    ['a head of its own', { tie_word_embeddings: false }, /tie_word_embeddings/],
    ['another kind of scaling', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, /RoPE scaling is .*yarn/],
    ['scaling without a factor', { rope_scaling: { rope_type: 'linear' } }, /RoPE scaling/],
    ['too few layer kinds', { layer_types: ['sliding_attention'] }, /one kind for each of 18 layers/],
  ])('refuses %s', (_, change, message) => {
    expect(() => fromHuggingFaceConfig({ ...FILE_270M, ...change }, 'config.json')).toThrow(message);
  });

  test('refuses layers without a regular pattern', () => {
    const layer_types = Array.from({ length: 18 }, (_, i) =>
      i === 5 || i === 10 ? 'full_attention' : 'sliding_attention',
    );
    expect(() => fromHuggingFaceConfig({ ...FILE_270M, layer_types }, 'config.json')).toThrow(/every n-th global/);
  });
});

test.each(Object.entries(GEMMA3_SIZES))('toHuggingFaceConfig of the %s reads back equal', (_, config) => {
  const written: unknown = JSON.parse(JSON.stringify(toHuggingFaceConfig(config, { bosId: 2, eosId: 1, padId: 0 })));
  expect(fromHuggingFaceConfig(written, 'config.json')).toEqual(config);
});

test('a model without any global layer reads back without any', () => {
  const config = { ...GEMMA3_SIZES['270m'], numHiddenLayers: 4, slidingWindowPattern: 5 };
  const written = toHuggingFaceConfig(config, { bosId: 2, eosId: 1, padId: 0 });
  expect(fromHuggingFaceConfig(written, 'config.json')).toEqual(config);
});
