import { find, keyOf, symbolsOf, type Node } from '../tree.ts';
import { Undefined, type Complex, type ComplexField } from '../value/complex.ts';
import { exactValue } from '../value/exact.ts';
import { sameRationalFunction } from '../value/modular.ts';
import { Evaluator, type Value } from '../value/numeric.ts';
import { digitsFor, hash } from '../value/points.ts';
import { fieldOf, type Context } from './context.ts';

/** Digits that must agree, over those that the numbers themselves are written with. */
const DIGITS = 40;
const MOST_DIGITS = 1000;
/** Digits that rounding on the way may cost. */
const GUARD = 12;

/** Where expressions with variables are compared: where both are likely to be real, then anywhere, then near 0, then far out. */
const POINTS: readonly { readonly size: number; readonly signed: boolean }[] = [
  ...Array.from({ length: 3 }, () => ({ size: 3, signed: false })),
  ...Array.from({ length: 6 }, () => ({ size: 3, signed: true })),
  ...Array.from({ length: 4 }, () => ({ size: 0.9, signed: true })),
  ...Array.from({ length: 4 }, () => ({ size: 30, signed: false })),
];
const ENOUGH_POINTS = 2;
/** All signs are tried before agreement counts: √(x²) is x only for some. */
const FIRST_POINTS = 9;

/**
 * Whether two expressions are equal, wherever both have a real value.
 *
 * Rational functions are decided exactly. Anything else is compared at points that the names of its variables decide, with 40
 * digits and more where the numbers are written with more, so that what is only close is not equal.
 */
export function sameExpression(left: Node, right: Node, context: Context): boolean {
  context.budget.spend(50);
  if (keyOf(left) === keyOf(right)) return true;
  return sameRationalFunction(left, right, context.budget) ?? agreeAtPoints(left, right, context);
}

/**
 * Most differ at once. Those that agree must agree in more digits than their numbers are written with, and than their values have before
 * the point: √2^1001 has 151. Where that would be too many, nothing is called equal.
 */
function agreeAtPoints(left: Node, right: Node, context: Context): boolean {
  const coarse = agreement(fieldOf(DIGITS), left, right, context);
  if (coarse.isEqual === false) return false;
  const digits = DIGITS + Math.max(digitsIn(left), digitsIn(right), coarse.exponent);
  if (digits > MOST_DIGITS) return false;
  const needsMore = coarse.isEqual === undefined || digits > DIGITS;
  return needsMore ? agreement(fieldOf(digits), left, right, context).isEqual === true : true;
}

interface Agreement {
  /** Undefined where they have no values to compare. */
  readonly isEqual: boolean | undefined;
  /** Digits before the point, at most. */
  readonly exponent: number;
}

function agreement(field: ComplexField, left: Node, right: Node, context: Context): Agreement {
  const isConstant = symbolsOf(left).size + symbolsOf(right).size === 0;
  const isComplex = isConstant || [left, right].some((node) => find(node, isImaginaryUnit));
  const whole = [left, right].some(isDiscrete);
  let agreed = 0;
  let exponent = 0;
  for (let index = 0; index < POINTS.length; index++) {
    const [a, b] = [left, right].map((node) => valueAt(node, index, field, context, whole));
    if (a && b && (isComplex || (a.isReal && b.isReal) || isClose(a, b, field))) {
      if (!isClose(a, b, field)) return { isEqual: false, exponent };
      exponent = Math.max(exponent, a.re.e, a.im.e);
      agreed += isComplex || a.isReal ? 1 : 0;
    }
    if (isConstant) return { isEqual: agreed > 0 ? true : a || b ? false : undefined, exponent };
    if (agreed >= ENOUGH_POINTS && index + 1 >= FIRST_POINTS) return { isEqual: true, exponent };
  }
  return { isEqual: undefined, exponent };
}

function isImaginaryUnit(node: Node): boolean {
  return node.kind === 'constant' && node.name === 'i';
}

/** Numbers with enough digits for what is written in these expressions. */
export function fieldFor(nodes: readonly Node[]): ComplexField {
  return fieldOf(Math.min(MOST_DIGITS, DIGITS + nodes.reduce((digits, node) => Math.max(digits, digitsIn(node)), 0)));
}

/** Digits that a difference in one of its numbers could hide behind: those written, and those of powers like 10^{30}. */
function digitsIn(node: Node): number {
  if (node.kind === 'number')
    return Math.max(0, node.numerator.toString().length + node.denominator.toString().length - 12);
  if (node.kind === 'power' && node.left.kind === 'number') {
    const exponent = exactNumber(node.right);
    if (exponent !== undefined) return Math.min(MOST_DIGITS, Math.abs(exponent) * node.left.digits.length);
  }
  return 'args' in node || 'arg' in node || 'left' in node ? childDigits(node) : 0;
}

function childDigits(node: Node): number {
  const children =
    'args' in node ? node.args : 'arg' in node ? [node.arg] : 'left' in node ? [node.left, node.right] : [];
  return Math.min(
    MOST_DIGITS,
    children.reduce((sum, child) => sum + digitsIn(child), 0),
  );
}

function exactNumber(node: Node): number | undefined {
  if (node.kind === 'negate') return exactNumber(node.arg);
  return node.kind === 'number' ? Number(node.numerator) / Number(node.denominator) : undefined;
}

/** Factorials and sums up to n have values at whole numbers only. */
function isDiscrete(node: Node): boolean {
  const ofWhole = find(
    node,
    (child) =>
      child.kind === 'factorial' || child.kind === 'bound' || (child.kind === 'call' && child.name === 'binomial'),
  );
  return ofWhole !== undefined && symbolsOf(ofWhole).size > 0;
}

/** The value at one of the points; undefined where it has none. */
export function valueAt(
  node: Node,
  index: number,
  field: ComplexField,
  { budget }: Context,
  whole = false,
): Value | undefined {
  const { size, signed } = POINTS[index]!;
  const coordinate = (variable: string): string => {
    if (whole) return String(3 + (hash(`${variable} at ${index}`) % 25));
    const digits = digitsFor(`${variable} at ${index}`);
    const isNegative = signed && digitsFor(`sign of ${variable} at ${index}`) < '0.5';
    return `${isNegative ? '-' : ''}${new field.Decimal(digits).times(size).plus(size / 100)}`;
  };
  return tryValue(() => new Evaluator(field, coordinate, budget).valueOf(node));
}

export function tryValue<T>(evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof Undefined) return undefined;
    throw error;
  }
}

/** The real value of a constant, undefined for anything else. */
export function constantValue(node: Node, field: ComplexField, context: Context) {
  if (symbolsOf(node).size > 0) return undefined;
  const exact = exactValue(node, context.budget);
  if (exact) return tryValue(() => field.ratio(exact.numerator, exact.denominator).re);
  const value = tryValue(() => new Evaluator(field, () => '0', context.budget).valueOf(node));
  return value?.im.isZero() ? value.re : undefined;
}

export function isClose(a: Complex, b: Complex, field: ComplexField): boolean {
  const scale = field.Decimal.max(field.abs(a), field.abs(b), 1e-10);
  const difference = field.abs(field.add(a, field.negate(b)));
  return difference.lte(scale.times(new field.Decimal(10).pow(GUARD - field.digits)));
}
