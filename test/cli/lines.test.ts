import { expect, test } from 'vitest';

import type { Evaluation, RunResult } from '../../activities/records.ts';
import { evaluationLine, resultTable, stepLine } from '../../cli/runs/lines.ts';

test.each([
  [{ member: -1, loss: 0.69314 }, 'judge 1  shared head  loss 0.693'],
  [{ member: 1, loss: 0.5 }, 'judge 1  member 1  loss 0.5'],
])('a step of a reward model says what is trained: %j', (metrics, line) => {
  expect(stepLine({ event: 'step', stage: 'judge', step: 1, metrics })).toBe(line);
});

test('an evaluation says how many it could not judge', () => {
  const evaluation = { stage: 'sft', step: 3, accuracy: 0.5, interval: [0.2, 0.8], n: 4, klToSft: null };
  const line = (unjudged: number) => evaluationLine({ ...evaluation, unjudged } as unknown as Evaluation);
  expect(line(0)).toBe('sft after step 3: accuracy 50.0 % (20.0 to 80.0), n 4');
  expect(line(2)).toBe('sft after step 3: accuracy 50.0 % (20.0 to 80.0), n 4, 2 could not be judged');
});

test('the table has a row for every stage, also for one that makes no policy', () => {
  const evaluation = { stage: 'sft', accuracy: 0.5, interval: [0.2, 0.8], n: 4, klToSft: 0 };
  const costs = [
    { stage: 'sft', milliseconds: 2000, tokens: 30 },
    { stage: 'judge', milliseconds: 90_000, tokens: 900 },
  ];
  const [head, ...rows] = resultTable({ evaluations: [evaluation], costs } as unknown as RunResult);
  expect(head).toContain('accuracy');
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    ['sft', '50.0 %', '20.0 to 80.0', '4', '0', '2 s', '15'],
    ['judge', '1 min 30 s', '10'],
  ]);
});
