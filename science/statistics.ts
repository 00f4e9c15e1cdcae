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
