import type { Precision } from './api/precision.ts';
import { deviceInfo } from './device.ts';
import { compile } from './tensor/compile.ts';
import { disposeVariable, readVariable, variableOf } from './tensor/variable.ts';
import type { Variable } from './tensor/variable.ts';
import * as tf from './tf.ts';

/** Milliseconds that one piece of work took in each precision. */
export type Timing = Readonly<Record<Precision, number>>;

export interface PrecisionChoice {
  /** The faster one; float32 where the CPU has no instructions for the other. */
  readonly precision: Precision;
  /** How many times as fast bfloat16 is: the geometric mean over what was measured. */
  readonly bfloat16Speedup: number;
}

/** Below this bfloat16 is not worth its rounding; and two measurements on one machine must not come to differ. */
const WORTHWHILE = 1.25;

/** Measured times of each, after one that compiles; fewer when they are slow, but not so few that one disturbance decides. */
const REPEATS = 5;
const FEWEST = 3;
const SLOW_MS = 150;

/** Products of [rows, width] with weights [inner, width] and back, `rounds` times. */
interface Work {
  readonly rows: number;
  readonly width: number;
  readonly inner: number;
  readonly rounds: number;
  /** Weights that are trained are narrowed in each step; those that decode are kept so. */
  readonly narrow: boolean;
}

/** Products of a training step and of a decoding step, in the widths of the 270M; on a GPU, which needs more, the 4B's. */
const WORKS: Readonly<Record<'cpu' | 'gpu', readonly Work[]>> = {
  cpu: [
    { rows: 512, width: 640, inner: 2048, rounds: 1, narrow: false },
    { rows: 32, width: 640, inner: 8192, rounds: 1, narrow: true },
  ],
  gpu: [
    { rows: 1024, width: 2560, inner: 10_240, rounds: 16, narrow: false },
    { rows: 32, width: 2560, inner: 10_240, rounds: 32, narrow: true },
  ],
};

/**
 * Measures which precision of matrix products is the faster one on this device, through compiled graphs as training and
 * decoding run them. Takes up to a second.
 */
export function measurePrecision(): PrecisionChoice {
  const { device, instructionSets } = deviceInfo();
  return choosePrecision(WORKS[device].map(measure), device === 'gpu' ? [] : instructionSets);
}

/**
 * The choice that timings speak for. A CPU that is known to have no instructions for bfloat16 is never faster with it,
 * whatever was measured while others worked on it.
 *
 * @param instructionSets Of the CPU that was measured; empty where they are not known, or do not matter.
 */
export function choosePrecision(timings: readonly Timing[], instructionSets: readonly string[]): PrecisionChoice {
  const logs = timings.map(({ float32, bfloat16 }) => Math.log(float32 / bfloat16));
  const bfloat16Speedup = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  const isEmulated = instructionSets.length > 0 && !instructionSets.some((name) => name.endsWith('bf16'));
  const precision = bfloat16Speedup >= WORTHWHILE && !isEmulated ? 'bfloat16' : 'float32';
  return { precision, bfloat16Speedup };
}

/** The fastest times: what disturbs a measurement only ever makes it slower. Both in turn, so that it meets both. */
function measure(work: Work): Timing {
  const sides = { float32: prepare(work, 'float32'), bfloat16: prepare(work, 'bfloat16') };
  try {
    for (const { once } of Object.values(sides)) once();
    const best = { float32: Infinity, bfloat16: Infinity };
    const start = performance.now();
    for (let repeat = 0; repeat < FEWEST || (repeat < REPEATS && performance.now() - start < SLOW_MS); repeat++) {
      for (const precision of ['float32', 'bfloat16'] as const) {
        best[precision] = Math.min(best[precision], sides[precision].once());
      }
    }
    return best;
  } finally {
    for (const { dispose } of Object.values(sides)) dispose();
  }
}

/** The work in one precision; `once` does it and gives the milliseconds. */
function prepare({ rows, width, inner, rounds, narrow }: Work, precision: Precision) {
  const each = (width * inner) ** -0.5; // keeps the numbers at 1 through all rounds
  const weights = variableOf(() => tf.fill([inner, width], each), narrow ? precision : 'float32');
  const x = tf.ones<tf.Rank.R2>([rows, width]);
  const products = compile(
    `measure ${precision}`,
    (input: tf.Tensor2D, variable: Variable) => {
      const matrix = readVariable(variable) as tf.Tensor2D;
      let y = input;
      for (let round = 0; round < rounds; round++) y = tf.matMul(tf.matMul(y, matrix, false, true), matrix);
      return tf.sum(y);
    },
    { precision },
  );
  return {
    once(): number {
      const start = performance.now();
      const sum = products(x, weights);
      sum.dataSync(); // until here a GPU has only been told what to do
      sum.dispose();
      return performance.now() - start;
    },
    dispose(): void {
      x.dispose();
      disposeVariable(weights);
      products.dispose();
    },
  };
}
