/**
 * Our side of the comparison with Math-Verify: each case read and compared once, as the reward does.
 *
 *   node bench/ours/grading.ts '{"cases": "cases.jsonl", "warmUp": 1}'      (started by bench/side.ts)
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { verify, type VerifyOptions } from '../../math/verify.ts';

/** A case of bench/grading.ts: two texts, options, and the verdict that is right. */
interface Case extends Partial<VerifyOptions> {
  readonly gold: string;
  readonly prediction: string;
}

const say = (message: unknown) => process.stdout.write(`@bench ${JSON.stringify(message)}\n`);
const { cases: file, warmUp } = JSON.parse(process.argv[2] ?? '{}') as { cases: string; warmUp: number };
const cases = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

function work(): string {
  return cases
    .map(({ gold, prediction, ...options }) => (verify(gold, prediction, options).verdict === 'equal' ? '1' : '0'))
    .join('');
}

for (let round = 0; round < warmUp; round++) work();
say({ ready: { node: process.version } });
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'go') continue;
  const start = performance.now();
  const result = work();
  say({ turn: { seconds: (performance.now() - start) / 1000, units: cases.length, result } });
}
