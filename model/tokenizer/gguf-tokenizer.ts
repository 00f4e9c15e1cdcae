import { z } from 'zod';
import type { GgufMetadata } from '../loaders/gguf.ts';
import { gemmaTokenizerJson } from './tokenizer-json.ts';

// Kinds of token in a SentencePiece vocabulary.
const NORMAL = 1;
const CONTROL = 3;
const USER_DEFINED = 4;

const Vocabulary = z
  .object({
    'tokenizer.ggml.model': z.literal('llama'),
    'tokenizer.ggml.tokens': z.array(z.string()).min(1),
    'tokenizer.ggml.scores': z.array(z.number()),
    'tokenizer.ggml.token_type': z.array(z.int()),
    'tokenizer.ggml.add_space_prefix': z.literal(false),
  })
  .refine(
    (value) =>
      value['tokenizer.ggml.scores'].length === value['tokenizer.ggml.tokens'].length &&
      value['tokenizer.ggml.token_type'].length === value['tokenizer.ggml.tokens'].length,
    'needs a score and a type for each token',
  );

/**
 * The `tokenizer.json` of the SentencePiece vocabulary in a GGUF file's metadata.
 *
 * @param where Names the file in errors.
 * @throws TypeError if the metadata has no such vocabulary, or one that puts a space in front of texts.
 */
export function tokenizerJsonFromGguf(metadata: GgufMetadata, where: string): object {
  const parsed = Vocabulary.safeParse(Object.fromEntries(metadata));
  if (!parsed.success) {
    throw new TypeError(`${where}: no SentencePiece vocabulary of Gemma 3 in it\n${z.prettifyError(parsed.error)}`);
  }
  const tokens = parsed.data['tokenizer.ggml.tokens'];
  const scores = parsed.data['tokenizer.ggml.scores'];
  const types = parsed.data['tokenizer.ggml.token_type'];
  const added = tokens
    .map((content, id) => ({ id, content, special: types[id] === CONTROL }))
    .filter(({ id }) => types[id] === CONTROL || types[id] === USER_DEFINED);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return gemmaTokenizerJson(vocab, deriveMerges(tokens, scores, types), added);
}

/**
 * The merges that make BPE join what SentencePiece joins: every way to cut a token into two tokens. SentencePiece joins
 * the pair whose token has the best score first, so that score is their order; transformers converts in the same way.
 */
function deriveMerges(tokens: readonly string[], scores: readonly number[], types: readonly number[]) {
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) if (types[id] === NORMAL) ids.set(token, id);

  const merges: { pair: [string, string]; score: number; left: number; right: number }[] = [];
  for (const [token, id] of ids) {
    for (let cut = 1; cut < token.length; cut++) {
      const left = ids.get(token.slice(0, cut));
      if (left === undefined) continue;
      const right = ids.get(token.slice(cut));
      if (right === undefined) continue;
      merges.push({ pair: [token.slice(0, cut), token.slice(cut)], score: scores[id]!, left, right });
    }
  }
  merges.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right);
  return merges.map(({ pair }) => pair);
}
