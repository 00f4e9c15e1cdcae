/** Two-sided 95 % quantiles of Student's t by degrees of freedom, from 1. */
const T95 = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131],
  ...[2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
];

/** A mean over seeds and its 95 % interval by Student's t. */
export interface Estimate {
  readonly mean: number;
  readonly interval: readonly [low: number, high: number];
}

/** @throws RangeError for fewer than two values: one seed has no interval. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  if (n < 2) throw new RangeError(`estimate: got ${n} values, expected at least 2`);
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = (T95[n - 2] ?? 1.96) * Math.sqrt(variance / n);
  return { mean, interval: [mean - half, mean + half] };
}

/** An estimate in words: `0.401 (0.382 to 0.420)`, all numbers multiplied by `scale`. */
export function written({ mean, interval: [low, high] }: Estimate, digits = 3, scale = 1): string {
  const number = (value: number) => (scale * value).toFixed(digits);
  return `${number(mean)} (${number(low)} to ${number(high)})`;
}

export const verdict = (holds: boolean) => (holds ? 'shown' : 'not shown');

/** Height of a line through points sorted by x, by linear interpolation; null outside them. */
export function heightAt(points: readonly (readonly [x: number, y: number])[], x: number): number | null {
  const next = points.findIndex(([px]) => px >= x);
  if (next < 0) return null;
  const [x1, y1] = points[next]!;
  if (x1 === x) return y1;
  if (next === 0) return null;
  const [x0, y0] = points[next - 1]!;
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

type Path = readonly (readonly [x: number, y: number])[];

/**
 * The best that a path has to offer up to each x: its points that no other beats in both, joined by straight lines, and
 * level after the last. A path that goes back in x, or down in y, loses nothing that it had.
 */
export function frontAt(path: Path, x: number): number | null {
  const byX = path.toSorted((p, q) => p[0] - q[0] || p[1] - q[1]);
  let best = -Infinity;
  const front = byX.filter(([, y]) => y > best && ((best = y), true));
  return heightAt([...front, [Infinity, best]], x);
}

/**
 * Mean height of the front of `a` above that of `b` at equal x: over ten x, equally far apart, from where the later of
 * them begins to the largest x that both reach.
 *
 * @throws RangeError for paths that have no x in common.
 */
export function gapAtEqual(a: Path, b: Path): number {
  const xs = [a, b].map((path) => path.map(([x]) => x));
  const from = Math.max(...xs.map((each) => Math.min(...each)));
  const to = Math.min(...xs.map((each) => Math.max(...each)));
  if (!(to > from)) {
    throw new RangeError(`gapAtEqual: the paths end at ${to} and begin at ${from}, expected them to overlap`);
  }
  const places = Array.from({ length: 10 }, (_, i) => Math.min(to, from + ((to - from) * (i + 1)) / 10));
  return places.reduce((sum, x) => sum + frontAt(a, x)! - frontAt(b, x)!, 0) / places.length;
}
