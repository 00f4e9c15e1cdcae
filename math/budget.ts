/** More work than one answer is worth: a verdict of `timeout`, the same on every machine. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
}

/** Steps for one comparison: some hundred milliseconds at most. Answers of real data need fewer than a hundredth. */
const STEPS = 2_000_000;

/**
 * Counts the work of reading and comparing one answer. Everything that can take long spends from it before it begins,
 * so that nothing a model writes can hang, and the verdict does not depend on the clock.
 *
 * One step is about 0.1 µs: a token, a product of small numbers.
 */
export class Budget {
  #left: number;

  constructor(steps = STEPS) {
    this.#left = steps;
  }

  /** @throws OutOfBudget when less than `steps` is left. */
  spend(steps: number): void {
    this.#left -= steps;
    if (!(this.#left >= 0)) throw new OutOfBudget('more work than an answer is worth');
  }
}
