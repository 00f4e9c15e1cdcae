import { expect, test } from 'vitest';
import { fromGgufMetadata } from '../../../model/checkpoints/gguf-config.ts';
import { GEMMA3_SIZES } from '../../../model/gemma3/sizes.ts';
import type { GgufMetadata, GgufValue } from '../../../model/loaders/gguf.ts';

type Size = keyof typeof GEMMA3_SIZES;

/** The keys llama.cpp's converter writes for a size. */
function metadata(size: Size, changes: Record<string, GgufValue | undefined> = {}): GgufMetadata {
  const config = GEMMA3_SIZES[size];
  const scaling = { 'gemma3.rope.scaling.type': 'linear', 'gemma3.rope.scaling.factor': 8 };
  const entries: Record<string, GgufValue | undefined> = {
    'general.architecture': 'gemma3',
    'gemma3.context_length': config.maxPositionEmbeddings,
    'gemma3.embedding_length': config.hiddenSize,
    'gemma3.block_count': config.numHiddenLayers,
    'gemma3.feed_forward_length': config.intermediateSize,
    'gemma3.attention.head_count': config.numAttentionHeads,
    'gemma3.attention.head_count_kv': config.numKeyValueHeads,
    'gemma3.attention.key_length': config.headDim,
    'gemma3.attention.sliding_window': config.slidingWindow,
    'gemma3.attention.layer_norm_rms_epsilon': Math.fround(1e-6),
    'gemma3.rope.freq_base': config.ropeTheta,
    'tokenizer.ggml.tokens': new Array<string>(config.vocabSize).fill('x'),
    ...(config.ropeScalingFactor === 8 && scaling),
    ...changes,
  };
  return new Map(Object.entries(entries).filter((entry): entry is [string, GgufValue] => entry[1] !== undefined));
}

test.each(Object.keys(GEMMA3_SIZES) as Size[])('fromGgufMetadata reads the %s', (size) => {
  expect(fromGgufMetadata(metadata(size), 'model.gguf')).toEqual(GEMMA3_SIZES[size]);
});

test.each([
  ['another architecture', { 'general.architecture': 'llama' }, /general\.architecture/],
  ['a missing key', { 'gemma3.block_count': undefined }, /gemma3\.block_count/],
  ['another kind of RoPE scaling', { 'gemma3.rope.scaling.type': 'yarn' }, /rope\.scaling\.type/],
])('fromGgufMetadata refuses %s', (_, changes, message) => {
  expect(() => fromGgufMetadata(metadata('270m', changes), 'model.gguf')).toThrow(message);
});
