import { describe, expect, test } from 'vitest';

import { splitIntoKeySentences } from '../../../rewards/ifeval/key-sentences.ts';
import { splitSentences } from '../../../rewards/ifeval/sentences.ts';
import { wordTokens } from '../../../rewards/ifeval/word-tokens.ts';
import golden from '../../golden/sentences.json' with { type: 'json' };

describe('as NLTK does', () => {
  test.each(golden)('$text', ({ text, sentences, words }) => {
    expect(splitSentences(text).map((sentence) => sentence.trim())).toEqual(sentences.map((each) => each.trim()));
    // NLTK writes quotes as `` and ''; what they are called does not matter for counting capitals.
    const plain = (tokens: readonly string[]) => tokens.map((token) => (/^(``|'')$/.test(token) ? '"' : token));
    expect(plain(wordTokens(text))).toEqual(plain(words));
  });
});

test('sentences to be looked for end at every full stop that ends no abbreviation', () => {
  expect(splitIntoKeySentences('Mr. Hu paid 3.5 at shop.com. "Really?" he asked... Ph.D. or not!')).toEqual([
    'Mr. Hu paid 3.5 at shop.com.',
    '"Really"?',
    'he asked...',
    'Ph.D. or not!',
  ]);
});
