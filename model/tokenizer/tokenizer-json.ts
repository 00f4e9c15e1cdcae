/** A token that is matched in the text as it stands, before anything else happens. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Control tokens, as `<bos>`; false for plain text with a token of its own, as a run of newlines. */
  readonly special: boolean;
}

/**
 * The `tokenizer.json` of a Gemma tokenizer: BPE on whole texts, spaces as `▁`, no space put in front, bytes for what
 * has no token.
 *
 * @param merges Pairs that become one token, the earlier the sooner.
 */
export function gemmaTokenizerJson(
  vocab: Readonly<Record<string, number>>,
  merges: readonly (readonly [string, string])[],
  addedTokens: readonly AddedToken[],
): object {
  const bos = { SpecialToken: { id: '<bos>', type_id: 0 } };
  const bosIds = addedTokens.filter((token) => token.content === '<bos>').map((token) => token.id);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens.map((token) => ({
      ...token,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [bos, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [bos, { Sequence: { id: 'A', type_id: 0 } }, bos, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '<bos>': { id: '<bos>', ids: bosIds, tokens: ['<bos>'] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}
