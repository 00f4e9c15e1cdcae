import { uniform, uniformInt } from '../../sdk/random.ts';
import type { Generator } from '../../configs/schema/data.ts';
import { NAMES, TEMPLATES, THINGS, type Operator } from './problem-templates.ts';
import type { Row } from './rows.ts';

/** A made-up word problem. `equation` has the unknown alone on the left: `X = 7 + 5`. */
export interface WordProblem extends Row {
  readonly id: string;
  readonly question: string;
  readonly equation: string;
  /** A whole number, as text. */
  readonly answer: string;
}

const OPERATORS = ['+', '-', '*', '/'] as const;

/** Largest factor of a multiplication or division: that of the tables one learns by heart. */
const LARGEST_FACTOR = 12;

/**
 * Makes word problems with one operation, each operation as often as the others, from templates, names and things.
 *
 * Terms of + and − go up to `maxNumber`; factors, divisors and quotients up to half of it, at most 12. Every answer is a
 * whole number from 1. No question occurs twice, so none to train on is among those to evaluate on. The evaluation
 * problems come first in the stream: asking for more to train on leaves them as they are.
 */
export function makeWordProblems(generator: Generator): { train: WordProblem[]; evaluation: WordProblem[] } {
  const { evaluationProblems, trainProblems } = generator;
  const wanted = evaluationProblems + trainProblems;
  const questions = new Set<string>();
  const problems: WordProblem[] = [];
  for (let draw = 0; problems.length < wanted; draw++) {
    const problem = makeProblem(generator, draw);
    if (questions.has(problem.question)) continue;
    questions.add(problem.question);
    problems.push(problem);
  }
  return { evaluation: problems.slice(0, evaluationProblems), train: problems.slice(evaluationProblems) };
}

function makeProblem({ maxNumber, seed }: Generator, draw: number): WordProblem {
  const pick = <T>(list: readonly T[], purpose: string): T =>
    list[Math.floor(uniform(seed, 'one-operation', draw, purpose) * list.length)]!;
  const between = (from: number, to: number, purpose: string) =>
    uniformInt(from, to, seed, 'one-operation', draw, purpose);

  const operator = pick(OPERATORS, 'operator');
  const [a, b] = drawTerms(operator, maxNumber, between);
  const first = pick(NAMES, 'name');
  const others = NAMES.filter((name) => name !== first);
  const places: Readonly<Record<string, string>> = {
    a: String(a),
    b: String(b),
    name: first,
    other: pick(others, 'other'),
    things: pick(THINGS, 'things'),
  };
  const question = pick(TEMPLATES[operator], 'template').replace(/\{(\w+)\}/g, (_, place: string) => places[place]!);
  return {
    id: `${seed}-${draw}`,
    question,
    equation: `X = ${a} ${operator} ${b}`,
    answer: String(calculate(a, operator, b)),
  };
}

/** Numbers from 2 on: "1 apples" reads wrong. */
function drawTerms(
  operator: Operator,
  maxNumber: number,
  between: (from: number, to: number, purpose: string) => number,
): [number, number] {
  const largestFactor = Math.min(LARGEST_FACTOR, Math.floor(maxNumber / 2));
  if (operator === '*') return [between(2, largestFactor, 'a'), between(2, largestFactor, 'b')];
  if (operator === '/') {
    const divisor = between(2, largestFactor, 'b');
    return [divisor * between(2, largestFactor, 'a'), divisor];
  }
  if (operator === '+') return [between(2, maxNumber, 'a'), between(2, maxNumber, 'b')];
  const a = between(3, maxNumber, 'a');
  return [a, between(2, a - 1, 'b')];
}

function calculate(a: number, operator: Operator, b: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  return operator === '*' ? a * b : a / b;
}
