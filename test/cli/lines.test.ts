import { expect, test } from 'vitest';

import type { Evaluation } from '../../activities/records.ts';
import { evaluationLine, stepLine } from '../../cli/runs/lines.ts';

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
