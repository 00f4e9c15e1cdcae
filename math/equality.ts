import { parseExpression, type Expression } from './expression.ts';
import { latexToExpression } from './latex.ts';

export type Comparison = 'equal' | 'not_equal' | 'gold_unparseable' | 'pred_unparseable';

/** Two values this close are one, relative for small numbers, absolute from 1 on: 3.333333 is 10/3, 3.33 is not. */
const TOLERANCE = 1e-6;

/** Points at which expressions with variables are compared, and how many must have a value. */
const POINTS = 12;
const ENOUGH_POINTS = 4;

/**
 * Whether two answers are the same number or the same expression.
 *
 * Numbers by value; expressions with variables by their values at a dozen points, where equal expressions agree everywhere
 * and different ones of this size practically nowhere. Answers that neither can be read as either are
 * equal when they are written the same.
 */
export function compareAnswers(gold: string, prediction: string): Comparison {
  if (normalizeText(gold) === normalizeText(prediction)) return 'equal';
  const expected = parseExpression(latexToExpression(gold));
  if (!expected) return 'gold_unparseable';
  const given = parseExpression(latexToExpression(prediction));
  if (!given) return 'pred_unparseable';
  return agree(expected, given) ? 'equal' : 'not_equal';
}

function agree(a: Expression, b: Expression): boolean {
  const names = [...new Set([...a.variables, ...b.variables])];
  if (names.length === 0) return near(a.valueAt({}), b.valueAt({}));
  let compared = 0;
  for (let point = 0; point < POINTS; point++) {
    const scope = Object.fromEntries(names.map((name) => [name, sampleAt(point, name)]));
    const [left, right] = [a.valueAt(scope), b.valueAt(scope)];
    if (!Number.isFinite(left) && !Number.isFinite(right)) continue;
    if (!near(left, right)) return false;
    compared++;
  }
  return compared >= ENOUGH_POINTS;
}

/** A number from 0.5 to 2.5: squares times an irrational of the variable's own, modulo 1, are spread evenly (Weyl). */
function sampleAt(point: number, variable: string): number {
  return 0.5 + 2 * (((point + 1) ** 2 * Math.cbrt(variable.charCodeAt(0) + 0.5)) % 1);
}

function near(a: number, b: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const scale = Math.max(Math.abs(a), Math.abs(b));
  return Math.abs(a - b) <= Math.max(TOLERANCE * Math.min(1, scale), 1e-14 * scale);
}

function normalizeText(text: string): string {
  return text
    .replace(/\\(?:left|right)(?![a-zA-Z])/g, '')
    .replace(/\\[dt]frac/g, '\\frac')
    .replace(/\b([bpvBV]?)matrix\b/g, 'matrix') // brackets of another shape, the same matrix
    .replace(/\\(?:text|mathrm)\s*\{([^{}]*)\}/g, '$1')
    .replace(/\\[,;:! ]|\s|\$/g, '')
    .replace(/[.]$/, '');
}
