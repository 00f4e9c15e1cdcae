import { describe, expect, test } from 'vitest';

import { readRows } from '../../activities/data/rows.ts';
import { compareAnswers } from '../../math/equality.ts';
import { parseExpression } from '../../math/expression.ts';
import { extractAnswer } from '../../math/extract-answer.ts';
import { isThere, testData } from '../support/data.ts';

describe('compareAnswers', () => {
  test.each([
    ['0.5', '\\frac{1}{2}'],
    ['0.5', '\\dfrac12'],
    ['1/2', '2/4'],
    ['1.5', '1\\frac{1}{2}'], // a mixed number
    ['1234', '1,234'],
    ['12000', '12{,}000'],
    ['3.33333333', '\\frac{10}{3}'],
    ['50', '50\\%'],
    ['5', '5\\text{ cm}'],
    ['90', '90^\\circ'],
    ['2\\sqrt{2}', '\\sqrt{8}'],
    ['2', '\\sqrt[3]{8}'],
    ['-2', '(-8)^{1/3}'],
    ['3\\pi', '9.42477796'],
    ['1024', '2^{10}'],
    ['1024', '2**10'],
    ['5', 'x = 5'],
    ['x^2+2x+1', '(x+1)^2'],
    ['x^2 + y^2 + 4x - 6y + 13', '(x + 2)^2 + (y - 3)^2'],
    ['2xy', 'y·2x'],
    ['\\frac{1}{x}+1', '\\frac{x+1}{x}'],
    ['\\sin(x)^2', '1-\\cos(x)^2'],
    ['\\begin{pmatrix}1\\\\2\\end{pmatrix}', '\\begin{bmatrix}1\\\\2\\end{bmatrix}'],
    ['Monday', 'Monday.'],
  ])('%s equals %s', (gold, given) => {
    expect(compareAnswers(gold, given)).toBe('equal');
  });

  test.each([
    ['0.33', '1/3'],
    ['1000000', '1000001'],
    ['0.000001', '0.000002'], // close, and not the same
    ['5', '-5'],
    ['12', '13'],
    ['x+1', 'x-1'],
    ['x', 'y'],
    ['x^2', 'x^3'],
    ['xy', 'x+y'],
    ['1', '1/0'],
    ['2\\sqrt{2}', '2'],
    ['\\sqrt{-x}', '\\ln(-x)'], // neither has a value where they are compared
    ['x', '\\sqrt{x-1}^2+1'], // equal only where the second has a value
  ])('%s is not %s', (gold, given) => {
    expect(compareAnswers(gold, given)).toBe('not_equal');
  });

  test('what it cannot read it does not judge', () => {
    expect(compareAnswers('[1, 2]', '3')).toBe('gold_unparseable');
    expect(compareAnswers('Monday', '3')).toBe('gold_unparseable');
    expect(compareAnswers('3', 'Monday')).toBe('pred_unparseable');
    expect(compareAnswers('3', '2 < x')).toBe('pred_unparseable');
    expect(compareAnswers('3', '')).toBe('pred_unparseable');
    expect(compareAnswers('1/0', '1/0 + 1')).toBe('not_equal'); // no value equals none
  });
});

describe('parseExpression executes nothing and does not run long', () => {
  test.each([
    'import("fs")',
    'evaluate("1")',
    'x = 5',
    'f(x) = x',
    '[1,2,3]',
    '{a: 1}',
    '"text"',
    'a.constructor',
    'ones(1e9)',
    '200!',
    'true',
    '1:1000000000',
    'x > 1',
    'sqrt(1, 2)',
    'constructor(1)',
    'toString(1)',
    '5 km + apples',
    `${'('.repeat(500)}1${')'.repeat(500)}`,
    '1+'.repeat(200) + '1',
  ])('refuses %s', (text) => {
    expect(parseExpression(text)).toBeNull();
  });

  test('a tower of powers is a number like any other', () => {
    expect(parseExpression('9^9^9^9')?.valueAt({})).toBe(Infinity);
    expect(parseExpression('x/0')?.valueAt({ x: 1 })).toBe(Infinity);
    expect(parseExpression('xy + z')?.variables).toEqual(['x', 'y', 'z']);
  });
});

/** Suites of public graders; each row says whether the prediction should pass. */
describe.each([
  // Of what is judged, all agree. Not judged: Eq(…) as a gold.
  ['rl_frameworks.jsonl', { agree: 14, wrong: 0, missed: 0, notJudged: 1 }],
  // Not judged: lists, equations, doubled backslashes.
  ['hendrycks_is_equiv.jsonl', { agree: 10, wrong: 0, missed: 0, notJudged: 6 }],
  // Missed: sets, decimal commas, chains of equations. Not judged: intervals, sets, matrices, relations.
  ['math_verify.visible.jsonl', { agree: 91, wrong: 0, missed: 11, notJudged: 62 }],
])('%s', (name, expected) => {
  const file = `math/verify-suites/${name}`;
  test.skipIf(!isThere(file))('never calls a wrong answer right', async () => {
    const counts = { agree: 0, wrong: 0, missed: 0, notJudged: 0 };
    for (const row of await readRows(testData(file))) {
      const [gold, prediction] = [String(row.gold), String(row.prediction)];
      const given = extractAnswer(prediction);
      const verdict = given === undefined ? 'no_answer' : compareAnswers(extractAnswer(gold) ?? gold, given);
      if (verdict === 'gold_unparseable') counts.notJudged++;
      else if ((verdict === 'equal') === (row.expected === 1)) counts.agree++;
      else if (verdict === 'equal') counts.wrong++;
      else counts.missed++;
    }
    expect(counts).toEqual(expected);
  });
});
