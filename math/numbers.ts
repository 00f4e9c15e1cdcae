/**
 * Runs of digits with what may belong to a number: a sign, separators, a fraction bar. Or, to be passed over, digits
 * that go on from a letter: `H2O` holds no 2.
 */
const CANDIDATE = /[a-zA-Z]\d[\d.,]*|(?:(?<![\d)\]}])[-+−–])?(?:\d|\.\d)[\d.,]*(?:\/[\d.,]*\d)*/g;
const PLAIN = /^[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?$/;

/**
 * A number written plainly: sign, decimals and thousands separators, as in `-1,234.50`; null for anything else,
 * fractions included.
 */
export function parsePlainNumber(text: string): number | null {
  const plain = text.trim().replace(/^[−–]/, '-');
  return /\d/.test(plain) && PLAIN.test(plain) ? Number(plain.replaceAll(',', '')) : null;
}

/**
 * The numbers in a text, in order; null where something like a number is no plain one (`1/2`, `1.2.3`).
 *
 * A minus right after a digit or a bracket is an operation: `70-27` holds 70 and 27. `3,4` holds two numbers, `3,456` one.
 */
export function numbersIn(text: string): (number | null)[] {
  return [...text.matchAll(CANDIDATE)].flatMap(([match]) => {
    if (/^[a-zA-Z]/.test(match)) return [];
    const written = match.replace(/[.,]+$/, '');
    const value = parsePlainNumber(written);
    if (value !== null || !written.includes(',')) return [value];
    return written
      .split(',')
      .filter((part) => part !== '')
      .map(parsePlainNumber);
  });
}
