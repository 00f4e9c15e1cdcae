import { permutation } from '../../sdk/random.ts';

/** Rows in the order the seed decides. */
export function shuffleRows<T>(rows: readonly T[], seed: number): T[] {
  return permutation(rows.length, seed, 'shuffle').map((index) => rows[index]!);
}

/**
 * Splits rows into those to train on and those held out, by the seed.
 *
 * Holds out `holdout` rows, by default 500 but at most a fifth.
 *
 * @throws RangeError when an asked-for holdout leaves nothing to train on.
 */
export function holdOut<T>(rows: readonly T[], seed: number, holdout?: number): { train: T[]; heldOut: T[] } {
  const count = holdout ?? Math.min(500, Math.floor(rows.length / 5));
  if (count >= rows.length || count < 1)
    throw new RangeError(
      `data.holdout: got ${count} of ${rows.length} rows, expected at least 1 and some left to train on; ` +
        'give more rows or an evaluation file',
    );
  const order = permutation(rows.length, seed, 'holdout');
  const heldOut = new Set(order.slice(0, count));
  return {
    train: rows.filter((_, index) => !heldOut.has(index)),
    heldOut: rows.filter((_, index) => heldOut.has(index)),
  };
}

/** A row to use, and in which pass over the rows. The two together never repeat. */
export interface Draw {
  readonly index: number;
  readonly epoch: number;
}

/**
 * The rows of one step: a slice of an endless walk over all of them, in an order of its own for each pass.
 *
 * A pure function of its arguments, so that a step done again uses the same rows.
 *
 * @param step From 0.
 */
export function rowsOfStep(count: number, perStep: number, step: number, seed: number, stage: string): Draw[] {
  if (count < 1) throw new RangeError(`stage ${stage}: got ${count} rows to draw from, expected at least 1`);
  const orders = new Map<number, number[]>();
  return Array.from({ length: perStep }, (_, i) => {
    const position = step * perStep + i;
    const epoch = Math.floor(position / count);
    const order = orders.get(epoch) ?? permutation(count, seed, 'draw', stage, epoch);
    orders.set(epoch, order);
    return { index: order[position % count]!, epoch };
  });
}
