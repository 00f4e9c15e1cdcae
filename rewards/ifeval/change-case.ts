import { checker, Count, holds, Relation } from './checker.ts';
import { isOrMayBe } from './language.ts';
import { isLower, isUpper } from './python-text.ts';
import { wordTokens } from './word-tokens.ts';

export const changeCase = {
  /** A word with hyphens is one word. */
  'change_case:capital_word_frequency': checker(
    { capital_frequency: Count, capital_relation: Relation },
    (response, { capital_frequency, capital_relation }) =>
      holds(wordTokens(response).filter(isUpper).length, capital_relation, capital_frequency),
  ),

  'change_case:english_capital': checker({}, (response) => isUpper(response) && isOrMayBe(response, 'en')),

  'change_case:english_lowercase': checker({}, (response) => isLower(response) && isOrMayBe(response, 'en')),
};
