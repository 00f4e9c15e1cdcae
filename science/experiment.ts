import type { Plot } from './plot.ts';

/** One claim of a paper, and what shows it on a problem small enough to be looked through. */
export interface Experiment {
  /** What should be seen, in a sentence, stated before anything is run. */
  readonly claim: string;
  /** Paper and place. */
  readonly source: string;
  run(context: ExperimentContext): Promise<Finding>;
}

export interface ExperimentContext {
  /** A line for whoever waits. */
  note(line: string): void;
  /** An empty folder that is removed afterwards. */
  readonly scratch: string;
}

/** What came of it. */
export interface Finding {
  /** The parts of the claim, and whether each showed, by a rule that was fixed before. The claim is shown when all did. */
  readonly parts: Readonly<Record<string, boolean>>;
  /** The rule, and what was seen, in a few sentences. */
  readonly analysis: string;
  readonly seeds: readonly number[];
  readonly numbers: Readonly<Record<string, unknown>>;
  /** 95 % each, by name. */
  readonly intervals: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** By file name without ending. */
  readonly plots: Readonly<Record<string, Plot>>;
}
