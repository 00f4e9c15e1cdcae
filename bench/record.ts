/** What a benchmark says at the end: ours against others, measured side by side. */
export interface BenchRecord {
  readonly name: string;
  /** The best of the repeats, in `unit`; in the duel with the peer that came closest where there are several. */
  readonly ours: number;
  /** The best of the repeats of each peer, in `unit`; null for one that could not be run. */
  readonly peers: Readonly<Record<string, number | null>>;
  /** How many times better ours is than the best peer: above 1 is better, also where less is better. */
  readonly ratio: number;
  readonly unit: string;
  /** Repeats of each side. */
  readonly n: number;
  /** Why a peer could not be run. */
  readonly failed?: Readonly<Record<string, string>>;
  /** Where a benchmark is of several works: the ratio of each. `ratio` is the lowest. */
  readonly parts?: Readonly<Record<string, number>>;
  /** Many numbers of one kind, for people. */
  readonly tables?: readonly Table[];
  /** Whatever else there is to know, for people. */
  readonly details?: unknown;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/**
 * Checks what a benchmark answered before anyone relies on it.
 *
 * @throws TypeError naming the field.
 */
export function checkRecord(record: BenchRecord): BenchRecord {
  const complain = (field: string, got: unknown, expected: string): never => {
    throw new TypeError(`bench ${record.name}: ${field}: got ${JSON.stringify(got)}, expected ${expected}`);
  };
  const isPositive = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
  if (typeof record.name !== 'string' || record.name === '') complain('name', record.name, 'a text');
  if (!isPositive(record.ours)) complain('ours', record.ours, 'a positive number');
  if (!isPositive(record.ratio)) complain('ratio', record.ratio, 'a positive number');
  if (!Number.isInteger(record.n) || record.n < 1) complain('n', record.n, 'a whole number from 1');
  if (typeof record.unit !== 'string' || record.unit === '') complain('unit', record.unit, 'a text');
  for (const [peer, value] of Object.entries(record.peers)) {
    const isExplained = value === null && record.failed?.[peer] !== undefined;
    if (!isExplained && !isPositive(value)) complain(`peers.${peer}`, value, 'a positive number, or null and a reason');
  }
  return record;
}

/** The middle value; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median: of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Six significant digits: more would only look exact. */
export const rounded = (value: number): number => Number(value.toPrecision(6));

/** The line of a record that programs read. */
export function lastLine({ name, ours, peers, ratio, unit, n, parts, failed }: BenchRecord): string {
  return JSON.stringify({ name, ours, peers, ratio, unit, n, ...(parts && { parts }), ...(failed && { failed }) });
}
