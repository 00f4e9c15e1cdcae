import type { Gemma3Config } from './config.ts';

const FAMILY = {
  vocabSize: 262_144,
  headDim: 256,
  slidingWindowPattern: 6,
  ropeTheta: 1_000_000,
  ropeLocalBaseFreq: 10_000,
  queryPreAttnScalar: 256,
  rmsNormEps: 1e-6,
};

// Trained on 32k tokens and not extended.
const SMALL = { ...FAMILY, slidingWindow: 512, ropeScalingFactor: 1, maxPositionEmbeddings: 32_768 };

// Extended from 32k to 128k tokens by dividing positions by 8.
const LARGE = { ...FAMILY, slidingWindow: 1024, ropeScalingFactor: 8, maxPositionEmbeddings: 131_072 };

/** The text models of the five published sizes (Gemma 3 technical report, arXiv 2503.19786, table 1). */
export const GEMMA3_SIZES = {
  '270m': {
    ...SMALL,
    hiddenSize: 640,
    intermediateSize: 2048,
    numHiddenLayers: 18,
    numAttentionHeads: 4,
    numKeyValueHeads: 1,
  },
  '1b': {
    ...SMALL,
    hiddenSize: 1152,
    intermediateSize: 6912,
    numHiddenLayers: 26,
    numAttentionHeads: 4,
    numKeyValueHeads: 1,
  },
  '4b': {
    ...LARGE,
    hiddenSize: 2560,
    intermediateSize: 10_240,
    numHiddenLayers: 34,
    numAttentionHeads: 8,
    numKeyValueHeads: 4,
  },
  '12b': {
    ...LARGE,
    hiddenSize: 3840,
    intermediateSize: 15_360,
    numHiddenLayers: 48,
    numAttentionHeads: 16,
    numKeyValueHeads: 8,
  },
  '27b': {
    ...LARGE,
    hiddenSize: 5376,
    intermediateSize: 21_504,
    numHiddenLayers: 62,
    numAttentionHeads: 32,
    numKeyValueHeads: 16,
    headDim: 128,
    // d / heads, as in Google's JAX code and Hugging Face's; gemma.cpp uses the head dimension instead.
    queryPreAttnScalar: 168,
  },
} as const satisfies Record<string, Gemma3Config>;
