import { expect, test } from 'vitest';

import { extractAnswer, lastBoxed } from '../../math/extract-answer.ts';

test.each([
  ['\\boxed{1} and \\boxed{2}', '2'],
  ['\\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
  ['\\boxed{3} then \\boxed{never closed', '3'],
  ['\\fbox{1}', undefined],
  ['boxed{1}', undefined],
])('lastBoxed(%j) is %j', (text, answer) => {
  expect(lastBoxed(text)).toBe(answer);
});

test.each([
  ['The answer is 5. But \\boxed{6}.', '6'],
  ['7 pens. The answer is $12$.', '12'],
  ['Answer: 3.5 because of 2', '2'], // words follow: its last number
  ['Answer: 3.5', '3.5'],
  ['Answer:\n12\nwith 3 steps', '12'],
  ['so 4\n#### 1,234', '1,234'],
  ['The answer is 3. The answer is: x + 1.', 'x + 1'],
  ['We get $a$, then $b + 1$.', 'b + 1'],
  ['x^2 + 4x', 'x^2 + 4x'],
  ['\\frac{3}{4}', '\\frac{3}{4}'],
  ['Tom has 7 pens and 5 more, so 12 pens', '12'],
  ['no idea', undefined],
  ['it is 1/2 of them', undefined], // no plain number
  ['', undefined],
])('extractAnswer(%j) is %j', (text, answer) => {
  expect(extractAnswer(text)).toBe(answer);
});
