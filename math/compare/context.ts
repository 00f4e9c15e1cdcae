import type { Budget } from '../budget.ts';
import { ComplexField } from '../value/complex.ts';

/** How two answers are compared. The defaults are Math-Verify's. */
export interface CompareOptions {
  /** A number written with decimals equals what rounds to the same at this many decimals. */
  readonly floatRounding: number;
  /** Names of variables matter. */
  readonly strict: boolean;
  /** A set as the right answer may be given as a relation: `1 < x < 2` for `(1, 2)`. The other way round is always fine. */
  readonly allowSetRelation: boolean;
}

export const DEFAULTS: CompareOptions = { floatRounding: 6, strict: true, allowSetRelation: false };

export interface Context extends CompareOptions {
  readonly budget: Budget;
}

const FIELDS = new Map<number, ComplexField>();

/** Numbers of at least that many digits; a few sizes are made once and kept. */
export function fieldOf(digits: number): ComplexField {
  const size = Math.ceil(digits / 40) * 40;
  const field = FIELDS.get(size) ?? new ComplexField(size);
  FIELDS.set(size, field);
  return field;
}
