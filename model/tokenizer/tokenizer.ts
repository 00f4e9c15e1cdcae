import { Tokenizer as Library } from '@huggingface/tokenizers';
import { z } from 'zod';

/** Text to token ids and back. */
export interface Tokenizer {
  readonly bosId: number;
  readonly padId: number;
  /** `<eos>`, which ends a text, and `<end_of_turn>`, which ends a turn of a chat. */
  readonly eosId: number;
  readonly endOfTurnId: number;
  /** One more than the highest id. */
  readonly vocabSize: number;
  /**
   * Ids of `text`, without BOS. Special tokens written out in it, as `<end_of_turn>`, become their ids: text that
   * must not contain them has to be checked before.
   */
  encode(text: string): number[];
  /** The text of `ids`, special tokens written out. Bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string;
  /** Contents of the Hugging Face `tokenizer.json` that gives this tokenizer. */
  toJson(): string;
}

const AddedToken = z.looseObject({ id: z.int().min(0), content: z.string() });

// The parts this file reads; the library reads the rest.
const TokenizerJson = z.looseObject({
  added_tokens: z.array(AddedToken),
  model: z.looseObject({ type: z.literal('BPE'), vocab: z.record(z.string(), z.int().min(0)) }),
});

/** The library's class as far as it is used: its declarations cannot be resolved from ES modules. */
interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
}

/**
 * A Gemma tokenizer from the parsed contents of a Hugging Face `tokenizer.json`.
 *
 * @throws TypeError if it is not one, or lacks one of the tokens `<bos>`, `<eos>`, `<pad>`, `<end_of_turn>`.
 */
export function createTokenizer(json: unknown): Tokenizer {
  // Checked but used as it came: a copy of 262,144 entries and twice as many merges takes a second.
  const { added_tokens, model } = (json ?? {}) as z.infer<typeof TokenizerJson>;
  const checked = TokenizerJson.safeParse({ added_tokens, model: { type: model?.type, vocab: {} } });
  if (!checked.success) {
    throw new TypeError(`tokenizer.json: not a BPE tokenizer\n${z.prettifyError(checked.error)}`);
  }
  const library: LibraryTokenizer = new Library(json as object, {});
  const addedIds = new Map(added_tokens.map(({ content, id }) => [content, id]));
  const specialId = (content: string): number => {
    const id = addedIds.get(content);
    if (id === undefined)
      throw new TypeError(`tokenizer.json: has no token ${content}, expected Gemma's special tokens`);
    return id;
  };
  let highestId = 0;
  for (const id of addedIds.values()) highestId = Math.max(highestId, id);
  for (const id of Object.values(model.vocab)) highestId = Math.max(highestId, id);

  return {
    bosId: specialId('<bos>'),
    padId: specialId('<pad>'),
    eosId: specialId('<eos>'),
    endOfTurnId: specialId('<end_of_turn>'),
    vocabSize: highestId + 1,
    encode: (text) => library.encode(text, { add_special_tokens: false }).ids,
    decode(ids) {
      // The library refuses an empty list.
      if (ids.length === 0) return '';
      return library.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
    },
    toJson: () => JSON.stringify(json),
  };
}
