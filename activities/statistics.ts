/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;

/**
 * Wilson score interval (95 %) of a share: `successes` of `n`.
 *
 *     centre = (p + z²/2n) / (1 + z²/n)      half width = z/(1 + z²/n) · √(p(1−p)/n + z²/4n²)
 *
 * Unlike p ± z·√(p(1−p)/n) it holds near 0 and 1 and for small n. With n = 0 everything is possible: [0, 1].
 *
 * @see Wilson 1927, J. Am. Stat. Assoc. 22, 209–212
 */
export function wilsonInterval(successes: number, n: number): [low: number, high: number] {
  if (n === 0) return [0, 1];
  const p = successes / n;
  const scale = 1 + Z95 ** 2 / n;
  const centre = (p + Z95 ** 2 / (2 * n)) / scale;
  const half = (Z95 / scale) * Math.sqrt((p * (1 - p)) / n + Z95 ** 2 / (4 * n ** 2));
  // At the ends the formula gives 0 and 1 exactly; floating point only nearly.
  return [successes === 0 ? 0 : centre - half, successes === n ? 1 : centre + half];
}

/** 0 for an empty list. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

/** Added in order: the order of a sum is part of its bits. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Of the mean: s/√n with the n − 1 form of s. 0 for fewer than two values. */
export function standardError(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return 0;
  const centre = mean(values);
  const variance = sum(values.map((value) => (value - centre) ** 2)) / (n - 1);
  return Math.sqrt(variance / n);
}

/** An estimate and its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
  /** Independent things it was estimated from: completions, prompts, texts. */
  readonly n: number;
}

/** Mean of independent values, ± 1.96 standard errors. The interval of a single value is that value alone. */
export function meanEstimate(values: readonly number[]): Estimate {
  return around(mean(values), standardError(values), values.length);
}

/**
 * Mean of independent values from 0 to 1. Of 0 and 1 alone it is a share, with Wilson's interval; so it is when all are
 * equal, where a standard error of 0 would claim certainty.
 */
export function shareEstimate(values: readonly number[]): Estimate {
  const isBinary = values.every((value) => value === 0 || value === 1);
  if (isBinary || standardError(values) === 0) {
    return { value: mean(values), interval: wilsonInterval(sum(values), values.length), n: values.length };
  }
  const { value, interval, n } = meanEstimate(values);
  return { value, interval: [Math.max(0, interval[0]), Math.min(1, interval[1])], n };
}

/**
 * Σ a / Σ b over independent pairs, such as right instructions and instructions of each prompt: the pairs vary, not what is
 * within them.
 *
 *     standard error = √( Σ (a − R·b)² · n/(n − 1) ) / Σ b        R = Σ a / Σ b
 *
 * @see Cochran 1977, Sampling Techniques, section 2.11
 */
export function ratioEstimate(pairs: readonly (readonly [a: number, b: number])[]): Estimate {
  const n = pairs.length;
  const below = sum(pairs.map(([, b]) => b));
  const ratio = sum(pairs.map(([a]) => a)) / below;
  const squares = sum(pairs.map(([a, b]) => (a - ratio * b) ** 2));
  return around(ratio, n < 2 ? 0 : Math.sqrt((squares * n) / (n - 1)) / below, n);
}

/** The same where a is a part of b, as right instructions are: from 0 to 1, and with Wilson's interval at both ends. */
export function partEstimate(pairs: readonly (readonly [a: number, b: number])[]): Estimate {
  const { value, interval, n } = ratioEstimate(pairs);
  if (value === 0 || value === 1) return { value, interval: wilsonInterval(value * n, n), n };
  return { value, interval: [Math.max(0, interval[0]), Math.min(1, interval[1])], n };
}

function around(value: number, error: number, n: number): Estimate {
  return { value, interval: [value - Z95 * error, value + Z95 * error], n };
}
