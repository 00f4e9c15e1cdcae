/** One thing looked at. */
export interface Check {
  readonly name: string;
  /** `missing` keeps Cabochon from working here; `warning` makes it slow or keeps a part of it from working. */
  readonly status: 'ok' | 'warning' | 'missing';
  readonly found: string;
  /** What to do about it; there unless all is well. */
  readonly advice?: string;
}

export const SET_UP = 'run: npm run setup';

/** Bytes for people, in the powers of ten that disks and models are sold by. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
