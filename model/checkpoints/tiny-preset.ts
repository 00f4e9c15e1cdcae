import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Gemma3Config, parameterShapes } from '../gemma3/config.ts';
import { gemmaTokenizerJson } from '../tokenizer/tokenizer-json.ts';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { type WrittenCheckpoint, writeCheckpoint } from './write-checkpoint.ts';

const START_OF_TURN = 105;
const END_OF_TURN = 106;
const NEWLINE = 107;
const FIRST_BYTE = 109;
// Characters with a token of their own, from id 5 on, where Gemma has unused tokens. Anything else is written in bytes.
const CHARACTERS = '▁0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;?!+-*/=()<>\'"$%';

/** A Gemma 3 that fits anywhere: every mechanism of the real ones, both kinds of layers, sizes that all differ. */
export const TINY_CONFIG: Gemma3Config = {
  vocabSize: FIRST_BYTE + 256,
  hiddenSize: 32,
  intermediateSize: 56,
  numHiddenLayers: 7,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 10,
  slidingWindow: 8,
  slidingWindowPattern: 6,
  ropeTheta: 1_000_000,
  ropeLocalBaseFreq: 10_000,
  ropeScalingFactor: 1,
  queryPreAttnScalar: 10,
  rmsNormEps: 1e-6,
  maxPositionEmbeddings: 512,
};

// Raised whenever the preset changes, so that one made by an earlier version is not taken for this one.
const SOURCE = `${JSON.stringify({ name: 'tiny', source: 'preset 1' })}\n`;

/** Makes sure that the tiny preset, as this version makes it, is in `folder`. */
export async function ensureTinyCheckpoint(folder: string): Promise<void> {
  const source = join(folder, 'source.json');
  if (!existsSync(source) || readFileSync(source, 'utf8') !== SOURCE) await writeTinyCheckpoint(folder);
}

/**
 * Writes the tiny preset as a checkpoint folder. Untrained, and the same to the bit on every machine.
 *
 * @param config Other sizes than the preset's; its vocabulary is part of the tokenizer and has to stay.
 */
export async function writeTinyCheckpoint(folder: string, config = TINY_CONFIG): Promise<WrittenCheckpoint> {
  const tensors = [...parameterShapes(config)].map(([name, shape], number) => ({
    name,
    shape,
    read: () => presetWeights(number, shape),
  }));
  return writeCheckpoint(folder, {
    config,
    tokenizer: tinyTokenizer(),
    tensors,
    extraFiles: { 'source.json': SOURCE },
  });
}

/** Single characters and bytes, with special tokens and line breaks at Gemma's ids. */
export function tinyTokenizer(): Tokenizer {
  const contents = Array.from({ length: TINY_CONFIG.vocabSize }, (_, id) => {
    if (id >= FIRST_BYTE) return `<0x${(id - FIRST_BYTE).toString(16).toUpperCase().padStart(2, '0')}>`;
    return CHARACTERS[id - 5] ?? `<unused${id}>`;
  });
  const special = ['<pad>', '<eos>', '<bos>', '<unk>', '<mask>'].map((content, id) => ({ id, content, special: true }));
  special.push({ id: START_OF_TURN, content: '<start_of_turn>', special: true });
  special.push({ id: END_OF_TURN, content: '<end_of_turn>', special: true });
  const lines = ['\n', '\n\n'].map((content, i) => ({ id: NEWLINE + i, content, special: false }));
  for (const { id, content } of [...special, ...lines]) contents[id] = content;
  const vocab = Object.fromEntries(contents.map((content, id) => [content, id]));
  return createTokenizer(gemmaTokenizerJson(vocab, [], [...special, ...lines]));
}

/**
 * Numbers that look random: integers modulo a prime, so that every machine makes the same ones. Matrices are uniform
 * with a deviation of fan-in ^ −½, the embedding 0.1; norm weights lie within ±0.1.
 */
function presetWeights(tensorNumber: number, shape: readonly number[]): Float32Array {
  const [rows, width] = shape;
  const embedding = rows === TINY_CONFIG.vocabSize;
  const amplitude = width === undefined ? 0.1 : Math.sqrt(3) * (embedding ? 0.1 : width ** -0.5);
  const prime = 1_000_003;
  return Float32Array.from({ length: rows! * (width ?? 1) }, (_, index) => {
    const residue = (31 * index * index + 7919 * index + 104_729 * tensorNumber + 13) % prime;
    return ((2 * residue) / prime - 1) * amplitude;
  });
}
