import type { Node } from '../tree.ts';
import type { Decimal } from '../value/complex.ts';
import { Evaluator } from '../value/numeric.ts';
import type { Context } from './context.ts';
import { constantValue, fieldFor, tryValue } from './expressions.ts';
import type { Relation } from './relations.ts';

/**
 * Whether two sets of real numbers, made of intervals, points, unions, intersections and differences, are equal.
 *
 * Between two neighbouring end points of either nothing changes, so it is enough to ask both sets at each end point and once
 * between: exact, whatever the order and nesting.
 *
 * @returns undefined when one of them is no such set.
 */
export function sameRealSet(gold: Node, given: Node, context: Context): boolean | undefined {
  const line = new Line([gold, given], context);
  if (!line.isComplete) return undefined;
  return line.positions().every((position) => line.contains(gold, position) === line.contains(given, position));
}

/** Points of a sample that a set must agree about with a relation: halves near zero, where answers live, and some far out. */
const SAMPLE: readonly number[] = [
  ...Array.from({ length: 121 }, (_, index) => (index - 60) / 2),
  ...[-1e6, -4321.1, -97.3, 97.3, 4321.1, 1e6],
];

/** Whether a set holds exactly the values for which relations hold (all of them, or any). */
export function isSolutionSet(set: Node, relations: readonly Relation[], any: boolean, context: Context): boolean {
  const line = new Line([set], context);
  const variable = relations.map(unknownOf);
  if (!line.isComplete || variable.some((name) => name === undefined || name !== variable[0])) return false;
  const holds = (value: Decimal) => {
    const truths = relations.map((relation) => line.truth(relation, variable[0]!, value));
    return any ? truths.some(Boolean) : truths.every(Boolean);
  };
  const points = [...line.around(), ...SAMPLE.map((value) => line.decimal(value))];
  return points.every((value) => line.contains(set, line.positionOf(value)) === holds(value));
}

/** The one thing that a relation is about: a variable, or a function of one (0 < f(x) < 1). */
function unknownOf({ terms }: Relation): string | undefined {
  const names = new Set<string>();
  for (const term of terms) collect(term, names);
  return names.size === 1 ? [...names][0] : undefined;
}

function collect(node: Node, names: Set<string>): void {
  if (node.kind === 'symbol') names.add(node.name);
  else if (isUnknownFunction(node)) names.add(functionName(node));
  else if ('args' in node) node.args.forEach((arg) => collect(arg, names));
  else if ('arg' in node) collect(node.arg, names);
  else if ('left' in node) [node.left, node.right].forEach((child) => collect(child, names));
}

type Call = Extract<Node, { kind: 'call' }>;
const isUnknownFunction = (node: Node): node is Call => node.kind === 'call' && /^[a-zA-Z](?:_.*)?'*$/.test(node.name);
const functionName = ({ name }: Call) => `${name}()`;

function asVariable(node: Node): Node {
  if (isUnknownFunction(node)) return { kind: 'symbol', name: functionName(node) };
  if ('args' in node) return { ...node, args: node.args.map(asVariable) };
  if ('arg' in node) return { ...node, arg: asVariable(node.arg) };
  if ('left' in node) return { ...node, left: asVariable(node.left), right: asVariable(node.right) };
  return node;
}

/** The real line, cut at the end points of some sets. Even positions lie between end points, odd ones on them. */
class Line {
  readonly #ends: Decimal[] = [];
  readonly #field;
  readonly #context: Context;
  isComplete = true;

  constructor(sets: readonly Node[], context: Context) {
    this.#context = context;
    this.#field = fieldFor(sets);
    for (const set of sets) this.#collect(set);
    this.#ends.sort((a, b) => a.cmp(b));
  }

  positions(): number[] {
    return Array.from({ length: 2 * this.#ends.length + 1 }, (_, position) => position);
  }

  decimal(value: number): Decimal {
    return new this.#field.Decimal(value);
  }

  /** Each end point, and close to it on both sides. */
  around(): Decimal[] {
    return this.#ends.flatMap((end) => [end, end.minus('1e-12'), end.plus('1e-12')]);
  }

  positionOf(value: Decimal): number {
    const at = this.#ends.findIndex((end) => this.#isSame(end, value) || end.gt(value));
    if (at < 0) return 2 * this.#ends.length;
    return this.#isSame(this.#ends[at]!, value) ? 2 * at + 1 : 2 * at;
  }

  /** Equal up to the last digits; a decimal fraction as an end equals what rounds to it. */
  #isSame(a: Decimal, b: Decimal): boolean {
    return a.minus(b).abs().lte(this.#field.Decimal.max(a.abs(), 1).times('1e-28'));
  }

  #collect(set: Node): void {
    this.#context.budget.spend(100);
    if (set.kind === 'pair') [set.left, set.right].forEach((end) => this.#addEnd(end));
    else if (set.kind === 'set' || set.kind === 'list') set.args.forEach((point) => this.#addEnd(point));
    else if (set.kind === 'union' || set.kind === 'intersection' || set.kind === 'setminus')
      [set.left, set.right].forEach((part) => this.#collect(part));
    else if (!(set.kind === 'constant' && (set.name === 'reals' || set.name === 'empty'))) this.isComplete = false;
  }

  #addEnd(end: Node): void {
    this.#context.budget.spend(20 * this.#ends.length);
    if (infinitySign(end) !== 0) return;
    const value = constantValue(end, this.#field, this.#context);
    if (!value) this.isComplete = false;
    else {
      const rounded = this.#ends.find((other) => this.#isSame(other, value) || this.#roundsTo(other, value, end));
      if (!rounded) this.#ends.push(value);
    }
  }

  #roundsTo(other: Decimal, value: Decimal, end: Node): boolean {
    const number = end.kind === 'negate' ? end.arg : end;
    if (number.kind !== 'number' || !number.decimal) return false;
    return other
      .toDecimalPlaces(this.#context.floatRounding, 6)
      .eq(value.toDecimalPlaces(this.#context.floatRounding, 6));
  }

  contains(set: Node, position: number): boolean {
    switch (set.kind) {
      case 'pair': {
        const [low, high] = [this.#endPosition(set.left), this.#endPosition(set.right)];
        return (
          (position > low || (position === low && set.closed[0])) &&
          (position < high || (position === high && set.closed[1]))
        );
      }
      case 'set':
      case 'list':
        return set.args.some((point) => this.#endPosition(point) === position);
      case 'union':
        return this.contains(set.left, position) || this.contains(set.right, position);
      case 'intersection':
        return this.contains(set.left, position) && this.contains(set.right, position);
      case 'setminus':
        return this.contains(set.left, position) && !this.contains(set.right, position);
      default:
        return set.kind === 'constant' && set.name === 'reals';
    }
  }

  #endPosition(end: Node): number {
    this.#context.budget.spend(20 * this.#ends.length);
    const sign = infinitySign(end);
    if (sign !== 0) return sign * Infinity;
    const value = constantValue(end, this.#field, this.#context)!;
    const at = this.#ends.findIndex((other) => this.#isSame(other, value) || this.#roundsTo(other, value, end));
    return 2 * at + 1;
  }

  /** Whether a relation holds for a value of its variable. */
  truth({ terms, operators }: Relation, variable: string, value: Decimal): boolean {
    const point = (name: string) => (name === variable ? value.toString() : '0');
    const values = terms.map((term) => this.#termValue(asVariable(term), point));
    return operators.every((operator, at) => {
      const [a, b] = [values[at], values[at + 1]];
      if (!a || !b) return false;
      if (operator === '=' || operator === '!=') return this.#isSame(a, b) === (operator === '=');
      if (this.#isSame(a, b)) return operator === '<=' || operator === '>=';
      if (operator === '<' || operator === '<=') return a.lt(b);
      return (operator === '>' || operator === '>=') && a.gt(b);
    });
  }

  #termValue(term: Node, point: (name: string) => string): Decimal | undefined {
    const sign = infinitySign(term);
    if (sign !== 0) return new this.#field.Decimal(sign * Infinity);
    const value = tryValue(() => new Evaluator(this.#field, point, this.#context.budget).valueOf(term));
    return value?.isReal ? value.re : undefined;
  }
}

function infinitySign(node: Node): -1 | 0 | 1 {
  if (node.kind === 'negate') return -infinitySign(node.arg) as -1 | 0 | 1;
  return node.kind === 'constant' && node.name === 'infinity' ? 1 : 0;
}
