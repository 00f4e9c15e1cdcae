import * as z from 'zod';

import { checker, Count, holds, Relation } from './checker.ts';
import { pythonRegExp, splitSpace, strip, wordsOf } from './python-text.ts';
import { splitSentences } from './sentences.ts';

const DIVIDER = pythonRegExp('\\s?\\*\\*\\*\\s?');

export const lengthConstraints = {
  'length_constraints:number_words': checker(
    { num_words: Count, relation: Relation },
    (response, { num_words, relation }) => holds(wordsOf(response).length, relation, num_words),
  ),

  'length_constraints:number_sentences': checker(
    { num_sentences: Count, relation: Relation },
    (response, { num_sentences, relation }) => holds(splitSentences(response).length, relation, num_sentences),
  ),

  /** Exactly so many, divided by `***`; an empty one counts as broken unless it is the first or the last. */
  'length_constraints:number_paragraphs': checker({ num_paragraphs: Count }, (response, { num_paragraphs }) => {
    const paragraphs = response.split(DIVIDER);
    const isEmpty = (paragraph: string) => strip(paragraph) === '';
    if (paragraphs.slice(1, -1).some(isEmpty)) return false;
    return paragraphs.filter((paragraph) => !isEmpty(paragraph)).length === num_paragraphs;
  }),

  /**
   * Exactly so many paragraphs, divided by empty lines, of which the nth begins with a word. As in the reference, n counts
   * empty paragraphs while the number of paragraphs does not.
   */
  'length_constraints:nth_paragraph_first_word': checker(
    { num_paragraphs: z.int().positive(), nth_paragraph: z.int().positive(), first_word: z.string() },
    (response, { num_paragraphs, nth_paragraph, first_word }) => {
      const paragraphs = response.split('\n\n');
      const count = paragraphs.filter((paragraph) => strip(paragraph) !== '').length;
      if (nth_paragraph > count) return false;
      const word = splitSpace(paragraphs[nth_paragraph - 1]!)[0];
      if (word === undefined) return false;
      return count === num_paragraphs && bareWord(word) === first_word.toLowerCase();
    },
  ),
};

/** Without quotes in front, up to the first punctuation mark, in lower case. */
function bareWord(word: string): string {
  return word
    .replace(/^'*"*/, '')
    .replace(/[.,?!'"].*$/su, '')
    .toLowerCase();
}
