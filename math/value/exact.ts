import type { Budget } from '../budget.ts';
import type { Node } from '../tree.ts';

/** numerator / denominator; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Larger numbers are not written out: their equality is decided modulo primes. */
const MOST_BITS = 20_000;

/**
 * The exact value of a constant made of `+ - * /`, whole powers, factorials and percentages; undefined for anything else and
 * for what would be too large to write down.
 */
export function exactValue(node: Node, budget: Budget): Rational | undefined {
  budget.spend(1);
  switch (node.kind) {
    case 'number':
      return reduced(node.numerator, node.denominator, budget);
    case 'negate': {
      const value = exactValue(node.arg, budget);
      return value && { ...value, numerator: -value.numerator };
    }
    case 'percent': {
      const value = exactValue(node.arg, budget);
      return value && reduced(value.numerator, value.denominator * 100n, budget);
    }
    case 'unit':
      return exactValue(node.arg, budget);
    case 'add':
    case 'multiply':
      return combined(node.kind, node.args, budget);
    case 'divide': {
      const [left, right] = [exactValue(node.left, budget), exactValue(node.right, budget)];
      if (!left || !right || right.numerator === 0n) return undefined;
      return reduced(left.numerator * right.denominator, left.denominator * right.numerator, budget);
    }
    case 'power':
      return power(node.left, node.right, budget);
    case 'factorial': {
      const value = exactValue(node.arg, budget);
      if (!value || value.denominator !== 1n || value.numerator < 0n || value.numerator > 1000n) return undefined;
      budget.spend(Number(value.numerator) * 10);
      let product = 1n;
      for (let factor = 2n; factor <= value.numerator; factor++) product *= factor;
      return { numerator: product, denominator: 1n };
    }
    default:
      return undefined;
  }
}

function combined(kind: 'add' | 'multiply', args: readonly Node[], budget: Budget): Rational | undefined {
  let total: Rational = { numerator: kind === 'add' ? 0n : 1n, denominator: 1n };
  for (const arg of args) {
    const value = exactValue(arg, budget);
    if (!value) return undefined;
    const denominator = total.denominator * value.denominator;
    const numerator =
      kind === 'add'
        ? total.numerator * value.denominator + value.numerator * total.denominator
        : total.numerator * value.numerator;
    const next = reduced(numerator, denominator, budget);
    if (!next) return undefined;
    total = next;
  }
  return total;
}

function power(left: Node, right: Node, budget: Budget): Rational | undefined {
  const [base, exponent] = [exactValue(left, budget), exactValue(right, budget)];
  if (!base || !exponent || exponent.denominator !== 1n) return undefined;
  const times = exponent.numerator < 0n ? -exponent.numerator : exponent.numerator;
  const bits = bitLength(base.numerator) + bitLength(base.denominator);
  if (times > BigInt(MOST_BITS) || bits * Number(times) > MOST_BITS) return undefined;
  if (base.numerator === 0n && exponent.numerator <= 0n) return undefined;
  budget.spend(bits * Number(times) * 0.1);
  const [numerator, denominator] = [base.numerator ** times, base.denominator ** times];
  return exponent.numerator < 0n ? reduced(denominator, numerator, budget) : { numerator, denominator };
}

export function bitLength(value: bigint): number {
  return value.toString(16).replace('-', '').length * 4;
}

/** Lowest terms; undefined for what is too large. */
export function reduced(numerator: bigint, denominator: bigint, budget: Budget): Rational | undefined {
  const bits = bitLength(numerator) + bitLength(denominator);
  if (bits > MOST_BITS) return undefined;
  budget.spend(bits * 0.1);
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  while (b !== 0n) [a, b] = [b, a % b];
  if (a === 0n) return { numerator: 0n, denominator: 1n };
  const sign = denominator < 0n ? -1n : 1n;
  return { numerator: (sign * numerator) / a, denominator: (sign * denominator) / a };
}
