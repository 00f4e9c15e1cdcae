/**
 * A whole number below 2^53 that depends on a text and nothing else (FNV-1a, twice): the seed of every point at which
 * expressions are compared, so that a verdict is the same on every machine and on every day.
 */
export function hash(text: string): number {
  let [low, high] = [0x811c9dc5, 0x1b873593];
  for (let at = 0; at < text.length; at++) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(at), 0x85ebca6b) ^ (high >>> 13);
  }
  low = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d);
  high = Math.imul(high ^ (high >>> 12), 0x297a2d39);
  return (((high ^ (high >>> 15)) >>> 0) & 0x1fffff) * 2 ** 32 + ((low ^ (low >>> 16)) >>> 0);
}

/** A fraction of 1 with 30 digits, seeded by a text. */
export function digitsFor(text: string): string {
  return `0.${String(hash(text)).padStart(15, '0').slice(0, 15)}${String(hash(`${text}'`))
    .padStart(15, '0')
    .slice(0, 15)}`;
}
