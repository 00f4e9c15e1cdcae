import { permutation } from '../../sdk/random.ts';
import { DataError } from './rows.ts';

/** Rows in the order the seed decides. */
export function shuffleRows<T>(rows: readonly T[], seed: number): T[] {
  return permutation(rows.length, seed, 'shuffle').map((index) => rows[index]!);
}

/**
 * Splits rows into those to train on and those held out, by the seed.
 *
 * Holds out `holdout` rows, by default 500 but at most a fifth.
 *
 * @throws DataError when an asked-for holdout leaves nothing to train on.
 */
export function holdOut<T>(rows: readonly T[], seed: number, holdout?: number): { train: T[]; heldOut: T[] } {
  const count = holdout ?? Math.min(500, Math.floor(rows.length / 5));
  if (count >= rows.length || count < 1)
    throw new DataError(
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

export interface DrawRequest {
  /** Rows there are. */
  readonly rows: number;
  /** Rows that a step takes. */
  readonly perStep: number;
  /** From 0. */
  readonly step: number;
  /** Draws of all steps together; the step that would go past it is shorter. Without it, there is no end. */
  readonly limit?: number;
  readonly seed: number;
  /** Name of the stage: each walks in an order of its own. */
  readonly stage: string;
}

/**
 * The rows of one step: a slice of a walk over all of them, again and again, in another order on each pass.
 *
 * A pure function of its arguments, so that a step done again uses the same rows.
 */
export function rowsOfStep({ rows, perStep, step, limit = Infinity, seed, stage }: DrawRequest): Draw[] {
  if (rows < 1) throw new DataError(`stage ${stage}: got ${rows} rows to draw from, expected at least 1`);
  const start = step * perStep;
  const orders = new Map<number, number[]>();
  return Array.from({ length: Math.max(0, Math.min(perStep, limit - start)) }, (_, i) => {
    const epoch = Math.floor((start + i) / rows);
    const order = orders.get(epoch) ?? permutation(rows, seed, 'draw', stage, epoch);
    orders.set(epoch, order);
    return { index: order[(start + i) % rows]!, epoch };
  });
}
