import { describe, expect, test } from 'vitest';

import { verify } from '../../math/verify.ts';

/** A million characters; each of these was looked for as something that a backtracking reader takes for ever with. */
const REPEATED = [
  '(',
  ')',
  '[',
  ' [',
  '{',
  '}',
  '\\frac',
  '\\frac{',
  '\\sqrt{',
  '^',
  '_',
  '9',
  '1,',
  '1 ',
  '\\boxed{',
  '\\boxed',
  '$',
  '$ ',
  '\\(',
  '\\[',
  '\\',
  '|',
  '!',
  '-',
  '=',
  '1+',
  ' 1',
  'a ',
  'e',
  'answer: ',
  'final answer is 1',
  '$a$ and ',
  '\\boxed{1} and ',
  '1 000 ',
  '\\text{',
  '\\begin{pmatrix}',
  '\n',
];

describe.each(REPEATED)('a million times %j', (unit) => {
  const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
  const inside = text.slice(0, 3900);
  test.each([
    ['completion', '5', text],
    ['right answer', text, '5'],
    ['boxed', '5', `\\boxed{${inside}}`],
    ['in both', `$${inside}$`, `$${inside.slice(0, 3800)}$`],
  ])('as %s gets a verdict', (_, gold, given) => {
    const { verdict, detail } = verify(gold, given, { extract: ['string', 'latex', 'expr'] });
    if (gold === '5' || given === '5') expect(verdict).not.toBe('equal');
    expect(verdict).toMatch(/^[a-z_]+$/);
    expect(detail.length).toBeLessThan(500);
  });
});

const many = (count: number, write: (index: number) => string, separator = ',') =>
  Array.from({ length: count }, (_, index) => write(index)).join(separator);

const LARGE = [
  '9^9^9^9',
  '9^{9^{9^9}}',
  '99999999!',
  '(99999!)!',
  '1000!!!!',
  '2^{10^{10}}',
  '10^{-10^{10}}',
  '(x+1)^{10^{12}}',
  '((x+y)^{99}+(x-y)^{99})^{99}',
  '\\sum_{k=1}^{10^9} k',
  '\\sum_{k=1}^{2000}\\sum_{j=1}^{2000} \\sin(kj)',
  '\\binom{10^9}{10^8}',
  '\\sin(10^{1000})',
  'e^{e^{e^{e^e}}}',
  '0^0',
  '\\ln 0',
  '\\tan(\\frac{\\pi}{2})',
  `0.${'3'.repeat(900)}`,
  `1.${'0'.repeat(990)}1`,
  '(\\sqrt2)^{1001}',
  '\\sqrt{1499!}',
  '\\lcm(10^{300}+1, 7^{300})',
  'x^{x^{x^{x^x}}}',
  `${'\\sqrt{'.repeat(40)}2${'}'.repeat(40)}`,
  `${'('.repeat(400)}1${')'.repeat(400)}`,
  `1${'\\pm 1'.repeat(30)}`,
  many(499, (index) => `\\sqrt{${index}}`),
  many(400, (index) => `\\sin(${index})`, '+'),
  many(250, (index) => `(${index},${index + 1})`, '\\cup'),
];

describe.each(LARGE)('%.40s', (answer) => {
  test.each(['5', 'x+1', '\\sqrt{2}', '(1,2)', 'x<5', '1.5', `${answer}+1`])('is not %.40s, and says so', (other) => {
    for (const [gold, given] of [
      [answer, other],
      [other, answer],
    ]) {
      expect(['not_equal', 'timeout', 'gold_unparseable', 'pred_unparseable']).toContain(
        verify(`$${gold}$`, `$${given}$`).verdict,
      );
    }
  });

  test('gets the same verdict every time', () => {
    const verdicts = Array.from({ length: 2 }, () => verify(`$${answer}$`, `$1+${answer}$`));
    expect(verdicts[1]).toEqual(verdicts[0]);
  });
});

test('an answer that takes more work than it is worth is a timeout, decided by the work', () => {
  const sum = '\\sum_{k=1}^{2000}\\sum_{j=1}^{2000} \\sin(kj)';
  expect(verify(`$${sum}$`, '$5$')).toEqual({ verdict: 'timeout', detail: 'more work than an answer is worth' });
});

// Names that every JavaScript object answers to.
test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('\\%s is an unknown command', (name) => {
  expect(verify('5', `$5\\${name}$`)).toMatchObject({
    verdict: 'pred_unparseable',
    detail: expect.stringContaining(`the command \\${name}`) as string,
  });
});
