import { describe, expect, test } from 'vitest';

import { readRows } from '../../../activities/data/rows.ts';
import { CHECKERS, followsEach, IfevalColumns } from '../../../rewards/ifeval/checkers.ts';
import { isThere, testData } from '../../support/data.ts';

/** Kinds that the reference has code for, though its registry does not name them. */
const UNNAMED: Readonly<Record<string, string>> = {
  ConstrainedStartChecker: 'multi-turn:constrained_start',
  KeySentenceChecker: 'keywords:key_sentences',
  RephraseChecker: 'detectable_format:rephrase',
  RephraseParagraph: 'detectable_content:rephrase_paragraph',
};

function follows(id: string, args: unknown, response: string): boolean {
  const { args: schema, follows: check } = CHECKERS.get(id)!;
  return check(response, schema.parse(args));
}

interface Recorded {
  readonly id: string;
  readonly checker?: string;
  readonly instruction_id: string | null;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly response: string;
  readonly verdict: boolean;
}

async function disagreements(file: string): Promise<{ rows: number; others: string[] }> {
  const rows = (await readRows(testData(file))) as unknown as Recorded[];
  const others = rows.filter(
    ({ instruction_id, checker, kwargs, response, verdict }) =>
      follows(instruction_id ?? UNNAMED[checker!]!, kwargs, response) !== verdict,
  );
  return { rows: rows.length, others: others.map(({ id, instruction_id }) => `${id} ${instruction_id}`) };
}

describe.skipIf(!isThere('eval/ifeval/checker_cases.jsonl'))('against the reference checkers of IFEval', () => {
  test('knows every kind of instruction of the data', async () => {
    const kinds = await readRows(testData('eval/ifeval/checker_list.jsonl'));
    expect(kinds).toHaveLength(25);
    expect(kinds.filter(({ instruction_id }) => !CHECKERS.has(String(instruction_id)))).toEqual([]);
  });

  test('agrees with every call of its unit tests', async () => {
    expect(await disagreements('eval/ifeval/checker_cases.jsonl')).toEqual({ rows: 94, others: [] });
  });

  test('agrees on real texts', async () => {
    // 21 of these hang on a guess of another language detector; it agrees on all the same.
    expect(await disagreements('eval/ifeval/differential.visible.jsonl')).toEqual({ rows: 367, others: [] });
  });

  test('reads every prompt of IFEval', async () => {
    const rows = await readRows(testData('eval/ifeval/input_data.jsonl'));
    const refused = rows.filter(
      ({ instruction_id_list, kwargs }) => !IfevalColumns.safeParse({ instruction_id_list, kwargs }).success,
    );
    expect([rows.length, refused]).toEqual([541, []]);
  });
});

// Each follows from what the reference does, line by line, where that is not what one would expect.
test.each<[id: string, args: object, response: string, verdict: boolean]>([
  ['detectable_format:number_highlighted_sections', { num_highlights: 2 }, '**bold**', false], // `**` twice is empty
  ['detectable_format:number_highlighted_sections', { num_highlights: 2 }, '*one* **two**', true],
  ['detectable_format:number_highlighted_sections', { num_highlights: 1 }, '*\n*', false],
  ['detectable_format:number_bullet_lists', { num_bullets: 2 }, '* one\n  - two', true],
  ['detectable_format:number_bullet_lists', { num_bullets: 1 }, '** one', false],
  ['detectable_format:number_bullet_lists', { num_bullets: 1 }, '*\nnext line', true], // the line's end follows the star
  ['detectable_format:json_format', {}, '```JSON\n[NaN, -Infinity, "NaN"]\n```', true],
  ['detectable_format:json_format', {}, '{"a": 1,}', false],
  ['detectable_format:json_format', {}, 'NaN1', false],
  ['detectable_format:title', {}, '<<< >>>', false],
  ['detectable_format:title', {}, '<<a\nb>>', false],
  ['detectable_format:title', {}, 'text << a >> b >> text', true],
  ['detectable_format:multiple_sections', { section_spliter: ' PART', num_sections: 2 }, 'PART 1 a PART2 b', true],
  ['detectable_content:postscript', { postscript_marker: 'P.P.S' }, 'bye\np. p. s: more', true],
  ['detectable_content:postscript', { postscript_marker: 'P.S.' }, 'PS: more', false],
  ['detectable_content:number_placeholders', { num_placeholders: 2 }, '[a] [] [b\nc]', true],
  ['length_constraints:number_paragraphs', { num_paragraphs: 2 }, '*** one *** two ***', true],
  ['length_constraints:number_paragraphs', { num_paragraphs: 2 }, 'one *** *** two', false],
  [
    'length_constraints:nth_paragraph_first_word',
    { num_paragraphs: 2, nth_paragraph: 2, first_word: 'Why' },
    'One.\n\n"Why? Because.',
    true,
  ],
  [
    'length_constraints:nth_paragraph_first_word',
    { num_paragraphs: 2, nth_paragraph: 2, first_word: 'two' },
    'one\n\n\n\ntwo', // the second of three is empty
    false,
  ],
  ['length_constraints:number_words', { num_words: 3, relation: 'at least' }, "don't-go", true],
  ['length_constraints:number_words', { num_words: 3, relation: 'at least' }, 'स्थिति', true], // marks are no letters
  ['keywords:forbidden_words', { forbidden_words: ['ate'] }, 'I skated', true],
  ['keywords:forbidden_words', { forbidden_words: ['ÉTÉ'] }, 'un été chaud', false],
  ['keywords:forbidden_words', { forbidden_words: ['ate'] }, 'éate', true], // é is a letter too
  ['keywords:existence', { keywords: ['a.c'] }, 'aXc', true], // a regular expression
  ['keywords:existence', { keywords: ['a.c'] }, 'a\nc', false],
  ['keywords:existence', { keywords: ['a.c'] }, 'a\u2028c', true], // no line end in Python
  ['keywords:letter_frequency', { letter: 'Q', let_frequency: 2, let_relation: 'at least' }, 'Qq', true],
  ['combination:two_responses', {}, 'one ****** one', false],
  ['combination:two_responses', {}, '******one******two******', true],
  ['combination:two_responses', {}, 'one************two', false],
  ['combination:repeat_prompt', { prompt_to_repeat: ' Say it ' }, '\nSAY IT now', true],
  ['startend:end_checker', { end_phrase: 'The end.' }, 'This is "the end."\n', true],
  ['startend:quotation', {}, '"', false],
  ['change_case:english_capital', {}, 'THIS IS THE ANSWER TO ALL OF YOUR QUESTIONS', true],
  ['change_case:english_capital', {}, 'DAS IST DIE ANTWORT AUF ALLE DEINE FRAGEN UND NOCH MEHR', false],
  ['change_case:english_lowercase', {}, '42', false], // no letter is small
  ['change_case:capital_word_frequency', { capital_frequency: 3, capital_relation: 'at least' }, "DON'T A-B", true],
  ['language:response_language', { language: 'te' }, '$3700', true], // nothing to tell by
  ['language:response_language', { language: 'fr' }, 'The answer is in plain English here.', false],
  ['multi-turn:constrained_start', { starter: 'I think' }, 'Well.\n I think so', true],
])('%s %j: %j is %s', (id, args, response, verdict) => {
  expect(follows(id, args, response)).toBe(verdict);
});

test('loosely, the first line, the last line and asterisks may be left out', () => {
  const row = { instruction_id_list: ['combination:repeat_prompt', 'startend:end_checker'], kwargs: [{}, {}] };
  row.kwargs = [{ prompt_to_repeat: 'Say it' }, { end_phrase: 'Done.' }];
  const response = 'Sure!\n**Say it** now\nDone.\nBye';
  expect(followsEach(response, row, 'strict')).toEqual([false, false]);
  expect(followsEach(response, row, 'loose')).toEqual([true, true]);
  expect(followsEach(' \n', { instruction_id_list: ['punctuation:no_comma'], kwargs: [{}] }, 'loose')).toEqual([false]);
});

describe('rows', () => {
  const problems = (row: unknown) =>
    IfevalColumns.safeParse(row).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  test('arguments that the data leaves empty are not there', () => {
    const kwargs = [{ num_words: 3, relation: 'at least', keywords: null }];
    expect(problems({ instruction_id_list: ['length_constraints:number_words'], kwargs })).toBeUndefined();
  });

  test('what cannot be checked is said before anything runs', () => {
    expect(problems({ instruction_id_list: ['punctuation:no_coma'], kwargs: [{}] })).toEqual([
      'instruction_id_list.0: got "punctuation:no_coma"; did you mean punctuation:no_comma?',
    ]);
    expect(problems({ instruction_id_list: ['punctuation:no_comma'], kwargs: [] })).toEqual([
      'kwargs: got 0 entries, expected 1: one for each instruction',
    ]);
    const kwargs = [{ num_words: 3, relation: 'more than' }];
    expect(problems({ instruction_id_list: ['length_constraints:number_words'], kwargs })).toEqual([
      'kwargs.0.relation: length_constraints:number_words: relation: got "more than", expected one of less than, at least',
    ]);
    expect(problems({ instruction_id_list: ['keywords:existence'], kwargs: [{ keywords: ['C++'] }] })).toEqual([
      'kwargs.0.keywords.0: keywords:existence: keywords[0]: got "C++", expected a regular expression as Python reads it',
    ]);
  });
});
