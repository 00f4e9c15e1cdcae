import { integer, mapTree, symbolsOf, type Node, type Operator } from '../tree.ts';
import type { Context } from './context.ts';
import { fieldFor, isClose, sameExpression, valueAt } from './expressions.ts';

export type Relation = Extract<Node, { kind: 'relation' }>;
type Same = (gold: Node, given: Node, context: Context) => boolean;

interface Link {
  readonly left: Node;
  readonly operator: Operator;
  readonly right: Node;
}

const FLIPPED: Partial<Record<Operator, Operator>> = { '>': '<', '>=': '<=' };

/** `a < b < c` as a < b and b < c; greater-than turned round. */
function linksOf({ terms, operators }: Relation): Link[] {
  return operators.map((operator, at) => {
    const [left, right] = [terms[at]!, terms[at + 1]!];
    const flipped = FLIPPED[operator];
    return flipped ? { left: right, operator: flipped, right: left } : { left, operator, right };
  });
}

/**
 * Whether two relations hold for the same values: the same links in any order, where sides may be exchanged, moved across and
 * multiplied by a constant (a positive one for inequalities). 2x = 4z is x = 2z; 3x-y+13 = 0 is not 3x+4y+14 = 0.
 */
export function sameRelation(gold: Relation, given: Relation, same: Same, context: Context): boolean {
  const [expected, found] = [linksOf(gold), linksOf(given)];
  if (expected.length !== found.length) return false;
  const left = [...found];
  return expected.every((link) => {
    const at = left.findIndex((other) => sameLink(link, other, same, context));
    if (at < 0) return false;
    left.splice(at, 1);
    return true;
  });
}

function sameLink(a: Link, b: Link, same: Same, context: Context): boolean {
  if (a.operator !== b.operator) return false;
  context.budget.spend(50);
  const sidesAre = (left: Node, right: Node) => same(a.left, left, context) && same(a.right, right, context);
  if (sidesAre(b.left, b.right)) return true;
  const isSymmetric = a.operator === '=' || a.operator === '!=' || a.operator === 'congruent';
  if (isSymmetric && sidesAre(b.right, b.left)) return true;
  if (!/^(?:=|!=|<=?)$/.test(a.operator) || ![a.left, a.right, b.left, b.right].every(isExpression)) return false;
  const [f, g] = [difference(a), difference(b)];
  if (areProportional(f, g, isSymmetric, context)) return true;
  // xy = 1 is y = 1/x: multiplied by a variable that cannot be 0 there.
  return (
    isSymmetric &&
    symbolsIn(f, g).some((name) =>
      [timesVariable(f, name), dividedBy(f, name)].some(
        (other) => areProportional(other, g, true, context) && !vanishesAt(name, f, g, context),
      ),
    )
  );
}

function symbolsIn(f: Node, g: Node): string[] {
  return [...new Set([...symbolsOf(f), ...symbolsOf(g)])].slice(0, 4);
}

const timesVariable = (f: Node, name: string): Node => ({ kind: 'multiply', args: [f, { kind: 'symbol', name }] });
const dividedBy = (f: Node, name: string): Node => ({ kind: 'divide', left: f, right: { kind: 'symbol', name } });

/** Whether the variable may be 0 in a solution of one of them: then multiplying by it would add or lose solutions. */
function vanishesAt(name: string, f: Node, g: Node, context: Context): boolean {
  const field = fieldFor([f, g]);
  const atZero = (node: Node) =>
    mapTree(node, (child) => (child.kind === 'symbol' && child.name === name ? integer(0) : child));
  return [f, g].some((node) => {
    const value = valueAt(atZero(node), 0, field, context);
    return value !== undefined && isClose(value, field.real(0), field);
  });
}

export function isExpression({ kind }: Node): boolean {
  return !/^(?:relation|list|set|tuple|pair|union|intersection|setminus|builder|matrix|text)$/.test(kind);
}

function difference({ left, right }: Link): Node {
  return { kind: 'add', args: [left, { kind: 'negate', arg: right }] };
}

/** Whether one is the other times a constant that is not 0. */
function areProportional(f: Node, g: Node, anySign: boolean, context: Context): boolean {
  const names = new Set([...symbolsOf(f), ...symbolsOf(g)]);
  if (names.size === 0) return false;
  const field = fieldFor([f, g]);
  for (let index = 0; index < 6; index++) {
    const [a, b] = [valueAt(f, index, field, context), valueAt(g, index, field, context)];
    if (!a || !b || !a.isReal || !b.isReal || isClose(a, field.real(0), field) || isClose(b, field.real(0), field))
      continue;
    const ratio = field.divide(a, b);
    if (!anySign && ratio.re.isNegative()) return false;
    return agreesWithRatio(f, g, index, context);
  }
  return false;
}

/** f·g(p) = g·f(p) everywhere, for the point p where both have a value. */
function agreesWithRatio(f: Node, g: Node, index: number, context: Context): boolean {
  const field = fieldFor([f, g]);
  const at = (node: Node, point: number) => valueAt(node, point, field, context);
  const [fp, gp] = [at(f, index)!, at(g, index)!];
  let agreed = 0;
  for (let other = 0; other < 12 && agreed < 4; other++) {
    const [a, b] = [at(f, other), at(g, other)];
    if (other === index || !a || !b || !a.isReal || !b.isReal) continue;
    if (!isClose(field.multiply(a, gp), field.multiply(b, fp), field)) return false;
    agreed++;
  }
  return agreed >= 2 || sameExpression(f, g, context);
}
