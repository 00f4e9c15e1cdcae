import type { BenchRecord } from './record.ts';

/** What a benchmark gets. */
export interface BenchContext {
  /** Takes a line for people. */
  readonly log: (line: string) => void;
  /** Measured repeats of each side; without it the benchmark's own number. */
  readonly repeats?: number;
  /** Name or path of the model. */
  readonly model: string;
  /** Only peers whose name contains this. */
  readonly peers?: string;
}

/** A module of the table in `bench/run.ts`. */
export interface BenchModule {
  run(context: BenchContext): Promise<BenchRecord>;
}
