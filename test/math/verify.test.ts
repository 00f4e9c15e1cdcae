import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { verify } from '../../math/verify.ts';
import { isThere, testData } from '../support/data.ts';

const isEqual = (gold: string, given: string, options = {}) => verify(gold, given, options).verdict === 'equal';

test.each<[gold: string, given: string, equal: 0 | 1]>([
  ['$\\frac{1}{2004!}$', '$\\frac{1}{2006!}$', 0],
  ['\\frac{1}{2004!}', '\\boxed{\\frac{1}{2006!}}', 0],
  ['1/2004!', '1/2006!', 0],
  ['$n=2,3,4$', '$n=1,2,3$', 0],
  ['n=2,3,4', 'n=1,2,3', 0],
  ['$\\pm 2021$', '$2021$', 0],
  ['±2021', '2021', 0],
  ['$3x-y+13=0$', '$3x+4y+14=0$', 0],
  ['3x−y+13=0', '3x+4y+14=0', 0],
  ['$4$', '$4\\sqrt(2)$', 0],
  ['4', '\\boxed{4\\sqrt(2)}', 0],
  ['4', '4\\sqrt(2)', 0],
  ['$4\\sqrt{2}$', '$4\\sqrt(2)$', 1],
  ['$1-\\frac{1}{\\mathrm{e}}$', '$1+\\frac{1}{\\mathrm{e}}$', 0],
  ['1-1/e', '1+1/e', 0],
  ['$1-\\frac1e$', '$1+\\frac1e$', 0],
  ['1−1/e', '1+1/e', 0],
  ['\\frac{1}{2}', 'The answer is \\frac{1}{2}', 1],
  ['\\frac{2\\sqrt{3}}{5}', '\\frac{2\\sqrt{3}}{5}', 1],
  ['2\\sqrt{3}', 'so the result is 2\\sqrt{3}.', 1],
  ['$\\sqrt{1/n}$', '$1/\\sqrt n$', 1],
  ['\\sqrt{\\frac{1}{n}}', '\\frac{1}{\\sqrt{n}}', 1],
  ['$7\\sin(\\frac{\\pi x}{5})+1$', '7*sin(pi*x/5)+1', 1],
  ['7*sin(pi*x/5)+1', '$7\\sin\\left(\\frac{\\pi x}{5}\\right)+1$', 1],
  ['7*sin(pi*x/5)+1', '$7\\cos\\left(\\frac{\\pi x}{5}\\right)+1$', 0],
  ['52_8', '\\boxed{52_8}', 1],
  ['52_8', '\\boxed{52_{8}}', 1],
  ['52_8', '\\boxed{52_9}', 0],
  ['52_8', '\\boxed{52}', 1],
  ['52_8', '\\boxed{53_8}', 0],
  ['11,\\! 111', '\\boxed{11111}', 1],
  ['11,\\! 111', '\\boxed{11,111}', 1],
  ['11,\\! 111', '\\boxed{11}', 0],
  ['11,\\! 111', '\\boxed{111}', 0],
  ['[0,1)', '\\boxed{[0,1)}', 1],
  ['(-\\infty,3)\\cup(3,\\infty)', '\\boxed{x \\neq 3}', 0],
  ['\\begin{pmatrix} 1 \\\\ 3 \\end{pmatrix}', '\\boxed{\\begin{bmatrix} 1 \\\\ 3 \\end{bmatrix}}', 1],
  ['10^{20}', '10^{20}+1', 0],
  ['100000000000000000001', '100000000000000000000', 0],
  ['1/3', '0.333', 0],
  ['1/3', '0.333333', 1],
  ['\\sqrt{2}', '1.41421356', 1],
  ['\\sqrt{2}', '1.414', 0],
  ['2\\cos 15^{\\circ}', '\\frac{\\sqrt{6}+\\sqrt{2}}{2}', 1],
  ['x^2+2x+1', '(x+1)^2', 1],
  ['\\sin^2 x+\\cos^2 x', '1', 1],
  ['\\sin 2x', '2\\sin x\\cos x', 1],
  ['3\\frac{1}{2}', '3.5', 1],
  ['3 1/2', '7/2', 1],
  ['½', '0.5', 1],
  ['2π', '$2\\pi$', 1],
  ['√2', '$\\sqrt{2}$', 1],
  ['2√3', '\\boxed{2\\sqrt{3}}', 1],
  ['√17', '\\boxed{\\sqrt{17}}', 1],
  ['x ≤ 5', '$x \\le 5$', 1],
  ['[0, 1] ∪ [2, 3]', '$[0,1]\\cup[2,3]$', 1],
  ['x ∈ (−∞, 2)', '$(-\\infty, 2)$', 1],
  ['5 × 10³', '5000', 1],
  ['Monday', '\\boxed{\\text{Monday}}', 1],
  ['Monday', '\\boxed{\\text{Tuesday}}', 0],
  ['B', 'The answer is \\boxed{B}', 1],
  ['B', 'The answer is \\boxed{\\text{(B)}}', 1],
  ['B', 'The answer is (B).', 1],
  ['B', 'The answer is C.', 0],
  ['\\text{(B)}', '\\boxed{C}', 0],
  ['yes', '\\boxed{\\text{Yes}}', 1],
  ['25 \\, \\text{km}', '\\boxed{25}', 1],
  ['25 \\, \\text{km}', '\\boxed{25\\text{ m}}', 0],
  ['25 km', '\\boxed{25000\\text{ m}}', 1],
  ['12:00', '1:00', 0],
  ['1:2', '\\boxed{\\frac12}', 1],
  ['x=5', '5', 1],
  ['(1,2)', '(2,1)', 0],
  ['\\{1,2\\}', '\\boxed{\\{2,1\\}}', 1],
  ['\\ln(ab)', '\\ln a+\\ln b', 1],
  ['x', '|x|', 0],
  ['\\sqrt{x^2}', 'x', 0],
  ['x^2=4', 'x=2', 0],
  ['1+10^{-60}', '1', 0],
  ['\\sqrt{2}+10^{-60}', '\\sqrt{2}', 0],
  ['9^{9^{9^9}}', '9^{9^{9^9}}', 1],
  ['9^{9^{9^9}}', '9^{9^{9^8}}', 0],
  ['2^{10000}', '4^{5000}', 1],
  ['2^{10000}', '4^{5001}', 0],
])('%j given as %j: %i', (gold, given, equal) => {
  expect(isEqual(gold, given)).toBe(equal === 1);
});

interface Row {
  readonly id: string;
  readonly gold: string;
  readonly prediction: string;
  readonly expected: 0 | 1;
  readonly extract?: readonly ('latex' | 'expr')[];
  readonly float_rounding?: number;
  readonly strict?: boolean;
  readonly allow_set_relation_comp?: boolean;
}

test.each<[gold: string, given: string, equal: 0 | 1]>([
  ['$0.\\overline{3}$', '\\boxed{\\frac13}', 1],
  ['$0.\\overline{3}$', '0.3', 0],
  ['$0.1\\overline{6}$', '\\boxed{1/6}', 1],
  ['$-1.2\\overline{34}$', '$-\\frac{611}{495}$', 1],
  ['$0.\\bar{9}$', '1', 1],
  ['$2(0.\\overline{3})^2$', '2/9', 1],
  ['10⁻³', '0.001', 1],
  ['10¹²', '$10^{12}$', 1],
  ['10¹²', '10', 0],
  ['x₁₂', '$x_{12}$', 1],
  ['5x³y²', '$5x^3y^2$', 1],
  ['$5$', '\\boxed{５}', 1],
])('decimals that repeat, raised and lowered digits: %s and %s', (gold, given, equal) => {
  expect(isEqual(gold, given)).toBe(equal === 1);
});

test('our own cases, whose table is in docs/math.md', () => {
  const rows = readFileSync('test/math/cases.jsonl', 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const wrong = rows.filter(
    ({ gold, prediction, expected, ...options }) => isEqual(gold, prediction, options) !== (expected === 1),
  );
  // An integral and a limit, each given as its value, and the other way round: they are not computed.
  expect(wrong.map(({ gold }) => gold)).toEqual([
    '$\\int_0^1 x dx$',
    '$\\frac12$',
    '\\boxed{\\int_0^1 x dx}',
    '$\\lim_{x\\to0}\\frac{\\sin x}{x}$',
    '$1$',
    '\\boxed{\\lim_{x\\to0}\\frac{\\sin x}{x}}',
  ]);
});

/** Suites of public graders. Rows where we differ, and why we are right. */
describe.each<[string, string[]]>([
  // 1 - 1/e given as 1 + 1/e: the suite's verdict is wrong.
  ['math_verify.visible.jsonl', ['mv/test_yujianll/test_string_extraction/9']],
  ['rl_frameworks.jsonl', []],
  // Lists of answers in another order: compared as texts there, as sets here.
  ['hendrycks_is_equiv.jsonl', ['is_equiv/test_order', 'is_equiv/test_decimals']],
  ['gsm8k_model_outputs.jsonl', []],
])('%s', (name, differences) => {
  const file = `math/verify-suites/${name}`;
  test.skipIf(!isThere(file))('agrees', () => {
    const rows = readFileSync(testData(file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    const wrong = rows.filter((row) => {
      const given = isEqual(row.gold, row.prediction, {
        ...(row.extract && { extract: row.extract }),
        ...(row.float_rounding !== undefined && { floatRounding: row.float_rounding }),
        ...(row.strict !== undefined && { strict: row.strict }),
        ...(row.allow_set_relation_comp !== undefined && { allowSetRelation: row.allow_set_relation_comp }),
      });
      return given !== (row.expected === 1);
    });
    expect(wrong.map(({ id }) => id)).toEqual(differences);
  });
});
