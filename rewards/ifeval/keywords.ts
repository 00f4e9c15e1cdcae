import * as z from 'zod';

import { checker, Count, holds, Relation } from './checker.ts';
import { pythonRegExp, strip } from './python-text.ts';
import { splitIntoKeySentences } from './key-sentences.ts';

const Pattern = z.string().refine(isPattern, { error: 'expected a regular expression as Python reads it' });
const Patterns = z.array(Pattern).min(1);

/** Keywords are Python regular expressions there, found anywhere, in any case; only forbidden ones have to be whole words. */
export const keywords = {
  'keywords:existence': checker({ keywords: Patterns }, (response, args) =>
    args.keywords.every((keyword) => pythonRegExp(keyword, 'i').test(response)),
  ),

  'keywords:frequency': checker(
    { keyword: Pattern.min(1), frequency: Count, relation: Relation },
    (response, { keyword, frequency, relation }) =>
      holds([...response.matchAll(pythonRegExp(strip(keyword), 'gi'))].length, relation, frequency),
  ),

  'keywords:forbidden_words': checker(
    { forbidden_words: Patterns },
    (response, args) => !args.forbidden_words.some((word) => pythonRegExp(`\\b${word}\\b`, 'i').test(response)),
  ),

  'keywords:letter_frequency': checker(
    {
      letter: z.string().refine((text) => [...text].length === 1, { error: 'expected one character' }),
      let_frequency: Count,
      let_relation: Relation,
    },
    (response, { letter, let_frequency, let_relation }) => {
      const lower = strip(letter).toLowerCase();
      const count = [...response.toLowerCase()].filter((character) => character === lower).length;
      return holds(count, let_relation, let_frequency);
    },
  ),

  'keywords:key_sentences': checker(
    { key_sentences: z.array(z.string()).min(1), num_sentences: z.int().positive() },
    (response, args) => {
      const sentences = new Set(splitIntoKeySentences(response));
      return args.key_sentences.filter((sentence) => sentences.has(sentence)).length === args.num_sentences;
    },
  ),
};

function isPattern(pattern: string): boolean {
  try {
    pythonRegExp(pattern, 'i');
    return true;
  } catch {
    return false;
  }
}
