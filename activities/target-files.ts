import type { SparseTargets } from '../server/client.ts';

/** `CBTT` and the version of the layout. */
const MAGIC = 0x54544243;
const VERSION = 1;

/**
 * Targets of several sequences as bytes, little-endian: magic, version and number of sequences (u32 each); then for each
 * sequence its number of tokens (u32), entries of each token (u16), ids (u32) and weights (f32).
 */
export function encodeTargets(sequences: readonly SparseTargets[]): Uint8Array {
  const size = sequences.reduce((sum, { counts, ids }) => sum + 4 + 2 * counts.length + 8 * ids.length, 12);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const word = (value: number) => void (view.setUint32(at, value, true), (at += 4));
  [MAGIC, VERSION, sequences.length].forEach(word);
  for (const { counts, ids, weights } of sequences) {
    word(counts.length);
    for (const count of counts) void (view.setUint16(at, count, true), (at += 2));
    ids.forEach(word);
    for (const weight of weights) void (view.setFloat32(at, weight, true), (at += 4));
  }
  return bytes;
}

/** @throws RangeError naming `path` when the bytes are no such file, or end early. */
export function decodeTargets(bytes: Uint8Array, path: string): SparseTargets[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (size: number, read: (at: number) => number): number => {
    if (at + size > bytes.byteLength) throw new RangeError(`${path}: ends at byte ${bytes.byteLength}, in a sequence`);
    const value = read(at);
    at += size;
    return value;
  };
  const word = () => take(4, (place) => view.getUint32(place, true));
  const half = () => take(2, (place) => view.getUint16(place, true));
  const real = () => take(4, (place) => view.getFloat32(place, true));
  const many = (count: number, read: () => number) => Array.from({ length: count }, read);
  const [magic, version] = [word(), word()];
  if (magic !== MAGIC || version !== VERSION) {
    throw new RangeError(
      `${path}: begins with ${magic}, ${version}, expected a file of targets (${MAGIC}, ${VERSION})`,
    );
  }
  return Array.from({ length: word() }, () => {
    const counts = many(word(), half);
    const entries = counts.reduce((sum, count) => sum + count, 0);
    return { counts, ids: many(entries, word), weights: many(entries, real) };
  });
}
