import type { Node, NumberNode } from '../tree.ts';
import { Unreadable, type Token } from './tokens.ts';

/** A number as written, exactly. */
export function numberOf({ text }: Token): NumberNode {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = Number(exponent) - fraction.length;
  if (Math.abs(shift) > 2000) throw new Unreadable(`the number ${text}`);
  const digits = BigInt(whole + fraction || '0');
  return {
    kind: 'number',
    numerator: shift > 0 ? digits * 10n ** BigInt(shift) : digits,
    denominator: shift < 0 ? 10n ** BigInt(-shift) : 1n,
    decimal: mantissa.includes('.'),
    digits: mantissa,
  };
}

/** A variable, or e or i. */
export function letterOf({ text, upright }: Token): Node {
  if (text === 'e') return { kind: 'constant', name: 'e' };
  if (text === 'i' && !upright) return { kind: 'constant', name: 'i' };
  return { kind: 'symbol', name: text };
}

/** `204_5`: the value, and what it looks like. A subscript that is no base is ignored. */
export function numberIn(node: NumberNode, subscript: string): NumberNode {
  const base = /^\d{1,2}$/.test(subscript) ? Number(subscript) : subscript.toLowerCase() === 'two' ? 2 : 0;
  const [whole = '', fraction = ''] = node.digits.split('.');
  if (base < 2 || base > 36 || ![...(whole + fraction)].every((digit) => Number(digit) < base)) return node;
  let numerator = 0n;
  for (const digit of whole + fraction) numerator = numerator * BigInt(base) + BigInt(digit);
  return { ...node, numerator, denominator: BigInt(base) ** BigInt(fraction.length), decimal: false, base };
}

/** Worth 1 as it is written: `1`, `1.0`. */
export function isOne(node: Node): boolean {
  return node.kind === 'number' && node.numerator === node.denominator;
}
