/** Part of what names a random number: the same seed and counters always give the same number, in any order of asking. */
export type Counter = string | number;

/**
 * A uniform number in [0, 1), 53 bits, that is a pure function of its arguments.
 *
 *     uniform(seed, 'shuffle', epoch, index)
 *
 * A counter-based generator: nothing is stored between calls, so a run that was interrupted draws what it would have
 * drawn. Not for secrets.
 */
export function uniform(seed: number, ...counters: readonly Counter[]): number {
  const [high, low] = hash(seed, counters);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

/**
 * `count` uniform numbers in [0, 1), 24 bits each, that are a pure function of the arguments. Much cheaper than as many
 * calls of {@link uniform}: the counters are hashed once, then each number's index is mixed in.
 */
export function uniforms(count: number, seed: number, ...counters: readonly Counter[]): Float32Array<ArrayBuffer> {
  const [high, low] = hash(seed, counters);
  return Float32Array.from({ length: count }, (_, i) => {
    const mixed = finish((high ^ Math.imul(i, 0x9e3779b9)) | 0);
    return (finish(mixed ^ Math.imul(low + i, 0x85ebca6b)) >>> 8) / 2 ** 24;
  });
}

/** A whole number from `from` to `to`, both included, each equally likely. */
export function uniformInt(from: number, to: number, seed: number, ...counters: readonly Counter[]): number {
  return from + Math.floor(uniform(seed, ...counters) * (to - from + 1));
}

/** The numbers 0 to count − 1 in an order that the seed and counters decide, each order equally likely. */
export function permutation(count: number, seed: number, ...counters: readonly Counter[]): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(0, i, seed, ...counters, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Two lanes of MurmurHash3's 32-bit mixing, each over all arguments. */
function hash(seed: number, counters: readonly Counter[]): [number, number] {
  const lanes: [number, number] = [0x9e3779b9, 0x85ebca6b];
  absorbNumber(lanes, seed);
  for (const counter of counters) {
    if (typeof counter === 'number') absorbNumber(lanes, counter);
    else absorbText(lanes, counter);
  }
  const crossed = lanes[0] ^ finish(lanes[1]);
  return [finish(crossed), finish(lanes[1] ^ finish(crossed ^ 0x27d4eb2f))];
}

const words = new Uint32Array(new Float64Array(1).buffer);
const double = new Float64Array(words.buffer);

function absorbNumber(lanes: [number, number], value: number): void {
  double[0] = value + 0; // −0 becomes 0
  absorbWord(lanes, words[0]!);
  absorbWord(lanes, words[1]!);
}

function absorbText(lanes: [number, number], text: string): void {
  absorbWord(lanes, text.length); // so that ('ab', 'c') is not ('a', 'bc')
  for (let i = 0; i < text.length; i++) absorbWord(lanes, text.charCodeAt(i));
}

function absorbWord(lanes: [number, number], word: number): void {
  lanes[0] = absorb(lanes[0], word, 0xcc9e2d51, 0x1b873593);
  lanes[1] = absorb(lanes[1], word, 0x239b961b, 0xab0e9789);
}

function absorb(state: number, word: number, a: number, b: number): number {
  const mixed = Math.imul(rotate(Math.imul(word, a), 15), b);
  return (Math.imul(rotate(state ^ mixed, 13), 5) + 0xe6546b64) | 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finish(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
