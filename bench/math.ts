import type { BenchContext } from './bench.ts';
import { duel } from './duel.ts';
import { readSuite, withGraders } from './grading.ts';
import type { BenchRecord } from './record.ts';

/** Of our own cases every so many are enough to measure by. */
const EVERY = 5;

/** Answers read and compared in a second, by us and by Math-Verify in its own process, both warm. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  const own = (await readSuite('our own cases'))!.filter((_, index) => index % EVERY === 0);
  const public_ = (await readSuite("Math-Verify's own suite, visible part")) ?? [];
  return withGraders([...own, ...public_], 1, (ours, mathVerify) =>
    duel({ name: 'math', unit: 'answers/s', repeats: 3, bytesTogether: 2 ** 30, ours, peers: [mathVerify] }, context),
  );
}
