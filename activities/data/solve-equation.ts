/** What an equation became: the side solved for its unknown, or why there is none. */
export type Solution =
  | { readonly expression: string; readonly reason?: never }
  | { readonly expression?: never; readonly reason: UnsolvedReason };

/**
 * - `no-operation`: nothing to work out, as in `X = 5`.
 * - `not-understood`: more than one operation, remainders, words.
 * - `wrong-answer`: its value is not the row's answer.
 */
export type UnsolvedReason = 'no-operation' | 'not-understood' | 'wrong-answer';

type Operator = '+' | '-' | '*' | '/';

/** `left operator right`; an operand is the unknown, written null, or a number. */
interface Operation {
  readonly left: number | null;
  readonly operator: Operator;
  readonly right: number | null;
}

/**
 * Solves an equation of one unknown and one operation, and checks that its value is the answer.
 *
 *     "X = 70 - 27"  → "70 - 27"          "12=x+4"       → "12 - 4"
 *     "( 4.0 / 2.0 )" → "4 / 2"           "9=3+6", 6     → "9 - 3"
 *
 * Without a letter, a lone operation is its own solution; in an equation of numbers the one that equals the answer is
 * taken for the unknown.
 */
export function solveEquation(equation: string, answer: number): Solution {
  const sides = equation.split('=').map(parseSide);
  if (sides.length > 2 || sides.some((side) => side === undefined)) return { reason: 'not-understood' };
  const operations = sides.filter((side): side is Operation => isOperation(side));
  const [operation] = operations;
  if (!operation) return { reason: 'no-operation' };
  if (operations.length > 1) return { reason: 'not-understood' };

  const result = sides.find((side) => !isOperation(side)) as number | null | undefined;
  for (const solved of candidates(operation, result, answer)) {
    if (near(valueOf(solved), answer)) return { expression: `${solved.left} ${solved.operator} ${solved.right}` };
  }
  return { reason: 'wrong-answer' };
}

/** The operations of two numbers that may give the unknown; `result` is the other side, undefined where there is none. */
function candidates(operation: Operation, result: number | null | undefined, answer: number): Operation[] {
  const { left, right } = operation;
  if (left !== null && right !== null) {
    if (result === undefined || result === null || near(result, answer)) return [operation];
    const withoutLeft = near(left, answer) ? [invert({ ...operation, left: null }, result)] : [];
    const withoutRight = near(right, answer) ? [invert({ ...operation, right: null }, result)] : [];
    return [...withoutLeft, ...withoutRight];
  }
  const hasOneUnknown = (left === null) !== (right === null) && typeof result === 'number';
  return hasOneUnknown ? [invert(operation, result)] : [];
}

/** Solves `left operator right = result` for whichever operand is null. */
function invert({ left, operator, right }: Operation, result: number): Operation {
  if (left === null) return { left: result, operator: OPPOSITE[operator], right };
  if (operator === '+' || operator === '*') return { left: result, operator: OPPOSITE[operator], right: left };
  return { left, operator, right: result };
}

const OPPOSITE: Readonly<Record<Operator, Operator>> = { '+': '-', '-': '+', '*': '/', '/': '*' };

function valueOf({ left, operator, right }: Operation): number {
  const [a, b] = [left ?? NaN, right ?? NaN];
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  return operator === '*' ? a * b : a / b;
}

/** Equal but for rounding: `0.1 + 0.2` is near 0.3. */
function near(a: number, b: number): boolean {
  return Number.isFinite(a) && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

const OPERAND = String.raw`(\d+(?:\.\d+)?|[a-zA-Z])`;
const SIDE = new RegExp(`^${OPERAND}(?:([-+*/])${OPERAND})?$`);

/** A number, null for the unknown, or an operation; undefined for anything else. */
function parseSide(text: string): number | null | Operation | undefined {
  const compact = text
    .replace(/\s/g, '')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/[−–]/g, '-')
    .replace(/×/g, '*')
    .replace(/÷/g, '/');
  const [, left, operator, right] = SIDE.exec(compact) ?? [];
  if (left === undefined) return undefined;
  if (operator === undefined || right === undefined) return parseOperand(left);
  return { left: parseOperand(left), operator: operator as Operator, right: parseOperand(right) };
}

function parseOperand(text: string): number | null {
  return /^[a-zA-Z]$/.test(text) ? null : Number(text);
}

function isOperation(side: number | null | undefined | Operation): side is Operation {
  return typeof side === 'object' && side !== null;
}
