import { describe, expect, test } from 'vitest';
import { tinyTokenizer } from '../../../model/checkpoints/tiny-preset.ts';
import { endTokenId, encodePrompt } from '../../../model/tokenizer/chat-template.ts';
import { tokenizerJsonFromGguf } from '../../../model/tokenizer/gguf-tokenizer.ts';
import { gemmaTokenizerJson } from '../../../model/tokenizer/tokenizer-json.ts';
import { createTokenizer } from '../../../model/tokenizer/tokenizer.ts';

const SPECIAL = ['<pad>', '<eos>', '<bos>', '<unk>', '<end_of_turn>', '<start_of_turn>'];
const BYTES = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

/** Metadata of a SentencePiece vocabulary: special tokens, a run of spaces, bytes, then pieces with scores 0, −1, … */
function vocabulary(pieces: readonly string[]) {
  return new Map<string, string | boolean | string[] | number[]>([
    ['tokenizer.ggml.model', 'llama'],
    ['tokenizer.ggml.tokens', [...SPECIAL, '  ', ...BYTES, ...pieces]],
    ['tokenizer.ggml.scores', [...SPECIAL.map(() => -1000), -1000, ...BYTES.map(() => 0), ...pieces.map((_, i) => -i)]],
    ['tokenizer.ggml.token_type', [...SPECIAL.map(() => 3), 4, ...BYTES.map(() => 6), ...pieces.map(() => 1)]],
    ['tokenizer.ggml.add_space_prefix', false],
  ]);
}

const FIRST_PIECE = SPECIAL.length + 1 + BYTES.length;

describe('a tokenizer from GGUF metadata', () => {
  const pieces = ['ab', 'bc', 'abc', '▁a', 'a', 'b', 'c', '▁'];
  const tokenizer = createTokenizer(tokenizerJsonFromGguf(vocabulary(pieces), 'model.gguf'));
  const piecesOf = (text: string) => tokenizer.encode(text).map((id) => pieces[id - FIRST_PIECE] ?? id);

  test('joins the pair whose piece has the best score first', () => {
    expect(piecesOf('abc')).toEqual(['abc']);
    expect(piecesOf('bcab')).toEqual(['bc', 'ab']);
    // "ab" (score 0) wins over "▁a" (score −3).
    expect(piecesOf(' ab')).toEqual(['▁', 'ab']);
    expect(piecesOf(' a')).toEqual(['▁a']);
  });

  test('puts no space in front, and takes runs of spaces whole', () => {
    expect(piecesOf('a')).toEqual(['a']);
    expect(piecesOf('a  b')).toEqual(['a', SPECIAL.length, 'b']);
  });

  test('writes what has no piece in bytes, and reads it back', () => {
    const bytes = [...Buffer.from('é')].map((byte) => SPECIAL.length + 1 + byte);
    expect(tokenizer.encode('aé')).toEqual([FIRST_PIECE + 4, ...bytes]);
    expect(tokenizer.decode(tokenizer.encode('aé b'))).toBe('aé b');
    expect(tokenizer.decode(bytes.slice(0, 1))).toBe('\ufffd');
  });

  test('matches special tokens in the text, and writes them out again', () => {
    expect(piecesOf('a<end_of_turn>b')).toEqual(['a', 4, 'b']);
    expect(tokenizer.decode([2, FIRST_PIECE, 4])).toBe('<bos>ab<end_of_turn>');
  });

  test('refuses vocabularies that work in another way', () => {
    const gpt2 = vocabulary(pieces).set('tokenizer.ggml.model', 'gpt2');
    expect(() => tokenizerJsonFromGguf(gpt2, 'model.gguf')).toThrow(/model\.gguf: no SentencePiece vocabulary/);
    const prefixed = vocabulary(pieces).set('tokenizer.ggml.add_space_prefix', true);
    expect(() => tokenizerJsonFromGguf(prefixed, 'model.gguf')).toThrow(/add_space_prefix/);
    const short = vocabulary(pieces).set('tokenizer.ggml.scores', [0]);
    expect(() => tokenizerJsonFromGguf(short, 'model.gguf')).toThrow(/a score and a type for each token/);
  });
});

describe('createTokenizer refuses', () => {
  test('what is no tokenizer', () => {
    expect(() => createTokenizer(null)).toThrow(/not a BPE tokenizer/);
    expect(() => createTokenizer({ added_tokens: [], model: { type: 'Unigram', vocab: {} } })).toThrow(/model\.type/);
  });

  test('a tokenizer without the special tokens of Gemma', () => {
    const json = gemmaTokenizerJson({ a: 0, '<unk>': 1 }, [], [{ id: 2, content: '<bos>', special: true }]);
    expect(() => createTokenizer(json)).toThrow(/no token <pad>/);
  });
});

describe('the tiny tokenizer', () => {
  const tokenizer = tinyTokenizer();

  test('has fewer than 400 tokens and gives every text back', () => {
    expect(tokenizer.vocabSize).toBe(365);
    const text = ' Anna has 3 apples\n\nund 4 Äpfel 🍎\t= 7? <eos>';
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
  });

  test('has special tokens and line breaks at the ids of Gemma', () => {
    expect(tokenizer.encode('<pad><eos><bos><unk><mask><start_of_turn><end_of_turn>\n')).toEqual([
      0, 1, 2, 3, 4, 105, 106, 107,
    ]);
    expect(tokenizer.encode('\n\n')).toEqual([108]);
  });

  test('encodePrompt begins with exactly one BOS', () => {
    const [space, one] = [tokenizer.encode(' ')[0], tokenizer.encode('1')[0]];
    expect(encodePrompt(tokenizer, ' 1', false)).toEqual([2, space, one]);
    expect(encodePrompt(tokenizer, '<bos> 1', false)).toEqual([2, space, one]);
    expect(encodePrompt(tokenizer, '', false)).toEqual([2]);
    // A chat trims what is said.
    const turn = tokenizer.encode('<start_of_turn>user\n1<end_of_turn>\n<start_of_turn>model\n');
    expect(encodePrompt(tokenizer, ' 1 \n', true)).toEqual([2, ...turn]);
    expect(encodePrompt(tokenizer, '<bos>1', true)).toEqual([2, ...turn]);
  });

  test('a chat ends with <end_of_turn>, a text with <eos>', () => {
    expect([endTokenId(tokenizer, true), endTokenId(tokenizer, false)]).toEqual([106, 1]);
  });
});
