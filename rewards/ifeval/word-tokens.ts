import { splitSentences } from './sentences.ts';

/**
 * What is set apart from the words around it. Then all is split at white space.
 *
 * `^` and `$` are the ends of a sentence.
 */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/[«»“”‘’„]|`+|\.{2,}|[;@#$%&?!*()[\]{}<>]|[\u2012-\u2015]|--|"|''/g, ' $& '],
  [/(?<![\p{L}\p{N}_])'(?!(?:re|ve|ll|m|t|s|d|n)(?![\p{L}\p{N}_]))(?=[\p{L}\p{N}_])/giu, "' "],
  [/[:,](?=\D)/g, ' $& '],
  [/[:,]$/, ' $&'],
  [/(?<=[^.])\.(?=[\s)\]}>"'»”’]*$)/, ' . '], // the full stop of a sentence, and no other
  [/(?<=[^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T)(?=\s|$)/g, ' $1'],
  [/(?<=[^' ])('[sSmMdD]?)(?=\s|$)/g, ' $1'],
  [/\b(can)(not)\b|\b(gim|lem)(me)\b|\b(gon)(na)\b|\b(got)(ta)\b|\b(wan)(na)(?=\s|$)/gi, '$1$3$5$7$9 $2$4$6$8$10'],
  [/\b(d)('ye)\b|\b(more)('n)\b/gi, '$1$3 $2$4'],
];

/**
 * Words and marks of an English text, as the Penn Treebank divides them and NLTK's `word_tokenize` does: `DON'T` is `DO` and
 * `N'T`, a word with hyphens is one.
 */
export function wordTokens(text: string): string[] {
  return splitSentences(text).flatMap((sentence) => {
    const spaced = RULES.reduce((marked, [pattern, replacement]) => marked.replace(pattern, replacement), sentence);
    return spaced.match(/\S+/g) ?? [];
  });
}
