import { find, type Node, type NumberNode } from '../tree.ts';
import type { Context } from './context.ts';
import { constantValue, fieldFor, sameExpression } from './expressions.ts';
import { conversion } from './units.ts';

/**
 * Whether two numbers or expressions are the same.
 *
 * - A unit counts only where both have one.
 * - A percentage is also right without its sign, and as a fraction of 1.
 * - A number in a base is also right without its base.
 * - A decimal number equals what rounds to it (`floatRounding`), as in Math-Verify; everything else must be equal.
 */
export function sameScalar(gold: Node, given: Node, context: Context): boolean {
  if (gold.kind === 'unit' || given.kind === 'unit') return sameWithUnits(gold, given, context);
  const [left, right] = [percentOutside(gold), percentOutside(given)];
  if (left.kind === 'percent' || right.kind === 'percent') return samePercentage(left, right, context);
  const [goldNumber, givenNumber] = [left, right].map(asNumber);
  if (goldNumber && givenNumber && (goldNumber.base === undefined) !== (givenNumber.base === undefined)) {
    if (goldNumber.digits === givenNumber.digits) return true;
  }
  if (isDecimal(left) || isDecimal(right)) {
    const rounded = sameRounded(left, right, context);
    if (rounded !== undefined) return rounded;
  }
  return sameExpression(left, right, context);
}

function sameWithUnits(gold: Node, given: Node, context: Context): boolean {
  const [left, right] = [gold, given].map((node) => (node.kind === 'unit' ? node.arg : node)) as [Node, Node];
  if (gold.kind !== 'unit' || given.kind !== 'unit') return sameScalar(left, right, context);
  const factor = conversion(given.unit, gold.unit);
  if (factor === undefined) return sameScalar(left, right, context);
  if (factor === 'incompatible') return false;
  return sameScalar(left, { kind: 'multiply', args: [right, factor] }, context);
}

/** -5% is the percentage -5. */
function percentOutside(node: Node): Node {
  if (node.kind === 'negate' && node.arg.kind === 'percent')
    return { kind: 'percent', arg: { kind: 'negate', arg: node.arg.arg } };
  const last = node.kind === 'multiply' ? node.args.at(-1)! : undefined;
  if (node.kind === 'multiply' && last?.kind === 'percent' && node.juxtaposed)
    return { kind: 'percent', arg: { ...node, args: [...node.args.slice(0, -1), last.arg] } };
  return node;
}

function samePercentage(gold: Node, given: Node, context: Context): boolean {
  if (gold.kind === 'percent' && given.kind === 'percent') return sameScalar(gold.arg, given.arg, context);
  const [percent, other] = gold.kind === 'percent' ? [gold, given] : [given as Node & { arg: Node }, gold];
  if (sameScalar(percent.arg, other, context)) return true;
  const number = asNumber(percent.arg);
  // As a number of its own it is known as exactly as it is written: 33.3% is 0.333.
  const fraction: Node = number?.decimal
    ? signed({ ...number, denominator: number.denominator * 100n }, percent.arg)
    : {
        kind: 'divide',
        left: percent.arg,
        right: { kind: 'number', numerator: 100n, denominator: 1n, decimal: false, digits: '100' },
      };
  return sameScalar(fraction, other, context);
}

function signed(number: NumberNode, like: Node): Node {
  return like.kind === 'negate' ? { kind: 'negate', arg: number } : number;
}

/** A number as written, with or without a sign. */
export function asNumber(node: Node): NumberNode | undefined {
  if (node.kind === 'negate') return asNumber(node.arg);
  return node.kind === 'number' ? node : undefined;
}

function isDecimal(node: Node): boolean {
  return asNumber(node)?.decimal === true;
}

function sameRounded(left: Node, right: Node, context: Context): boolean | undefined {
  const field = fieldFor([left, right]);
  const [a, b] = [left, right].map((node) => constantValue(node, field, context));
  if (!a || !b) return find(left, isInfinite) || find(right, isInfinite) ? false : undefined;
  // Half to even, as Python rounds.
  const round = (value: typeof a) => value.toDecimalPlaces(context.floatRounding, 6);
  return round(a).eq(round(b));
}

function isInfinite(node: Node): boolean {
  return node.kind === 'constant' && node.name === 'infinity';
}
