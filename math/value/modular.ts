import type { Budget } from '../budget.ts';
import type { Node } from '../tree.ts';
import { exactValue } from './exact.ts';
import { hash } from './points.ts';

/** The two largest primes below 2^61 that leave 1 modulo 4, and in each a square root of -1. */
const FIELDS = [
  { prime: 2305843009213693921n, root: 583529827753931384n },
  { prime: 2305843009213693693n, root: 966685122347009555n },
] as const;

type Field = (typeof FIELDS)[number];

/** n! is multiplied out up to here. */
const LARGEST_FACTORIAL = 100_000n;

/**
 * Whether two expressions are the same rational function, decided at random points of two prime fields (Schwartz, Zippel): two that
 * differ agree there by chance once in more than 10^30 times, whatever the size of their numbers. So 10^20+1 is not
 * 10^20, and 1/2004! is not 1/2006!, and nothing is expanded.
 *
 * Variables and π are unknowns; i is a square root of -1.
 *
 * @returns undefined when one of them is more than a rational function (a root, a sine), or divides by zero.
 */
export function sameRationalFunction(left: Node, right: Node, budget: Budget): boolean | undefined {
  for (const field of FIELDS) {
    const [a, b] = [valueIn(field, left, budget), valueIn(field, right, budget)];
    if (a === undefined || b === undefined) return undefined;
    if (a !== b) return false;
  }
  return true;
}

function valueIn(field: Field, node: Node, budget: Budget): bigint | undefined {
  const { prime } = field;
  const value = (child: Node) => valueIn(field, child, budget);
  budget.spend(5);
  switch (node.kind) {
    case 'number':
      return times(mod(node.numerator, prime), inverse(mod(node.denominator, prime), prime), prime);
    case 'symbol':
      return BigInt(hash(`${node.name} in ${prime}`));
    case 'constant':
      if (node.name === 'i') return field.root;
      return node.name === 'pi' ? BigInt(hash(`π in ${prime}`)) : undefined;
    case 'unit':
      return value(node.arg);
    case 'negate':
      return times(value(node.arg), prime - 1n, prime);
    case 'percent':
      return times(value(node.arg), inverse(100n, prime), prime);
    case 'add':
      return reduce(node.args, value, 0n, (a, b) => (a + b) % prime);
    case 'multiply':
      return reduce(node.args, value, 1n, (a, b) => (a * b) % prime);
    case 'divide':
      return times(value(node.left), inverse(value(node.right), prime), prime);
    case 'power':
      return powerIn(field, node, budget);
    case 'factorial':
      return factorialIn(field, node.arg, budget);
    default:
      return undefined;
  }
}

function powerIn(field: Field, node: { left: Node; right: Node }, budget: Budget): bigint | undefined {
  const exponent = exactValue(node.right, budget);
  const base = valueIn(field, node.left, budget);
  if (!exponent || exponent.denominator !== 1n || base === undefined) return undefined;
  if (base === 0n && exponent.numerator <= 0n) return undefined;
  budget.spend(200);
  return powerOf(base, mod(exponent.numerator, field.prime - 1n), field.prime); // Fermat: exponents count modulo p-1
}

function factorialIn({ prime }: Field, arg: Node, budget: Budget): bigint | undefined {
  const value = exactValue(arg, budget);
  if (!value || value.denominator !== 1n || value.numerator < 0n || value.numerator > LARGEST_FACTORIAL)
    return undefined;
  budget.spend(Number(value.numerator));
  let product = 1n;
  for (let factor = 2n; factor <= value.numerator; factor++) product = (product * factor) % prime;
  return product;
}

function reduce(
  args: readonly Node[],
  value: (node: Node) => bigint | undefined,
  start: bigint,
  join: (a: bigint, b: bigint) => bigint,
): bigint | undefined {
  let total = start;
  for (const arg of args) {
    const next = value(arg);
    if (next === undefined) return undefined;
    total = join(total, next);
  }
  return total;
}

function mod(value: bigint, prime: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

function times(a: bigint | undefined, b: bigint | undefined, prime: bigint): bigint | undefined {
  return a === undefined || b === undefined ? undefined : (a * b) % prime;
}

function inverse(value: bigint | undefined, prime: bigint): bigint | undefined {
  return value === undefined || value === 0n ? undefined : powerOf(value, prime - 2n, prime);
}

function powerOf(base: bigint, exponent: bigint, prime: bigint): bigint {
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}
