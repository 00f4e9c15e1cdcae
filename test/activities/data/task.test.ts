import { describe, expect, test } from 'vitest';

import { DataError } from '../../../activities/data/rows.ts';
import {
  cutFewShotCompletion,
  renderCompletion,
  renderFewShotPrompt,
  renderPrompt,
  renderTemplate,
} from '../../../activities/data/task.ts';
import { TaskConfig } from '../../../configs/schema/task.ts';

const task = TaskConfig.parse({
  prompt: 'Question: {question}\nAnswer:',
  completion: ' {expression} = {answer}',
  equation: 'equation',
});
const row = { id: 'r1', question: 'How many?', expression: '7 + 5', answer: 12 };

test('renders columns, numbers included, and nothing that a value says', () => {
  expect(renderPrompt(task, row)).toBe('Question: How many?\nAnswer:');
  expect(renderCompletion(task, row)).toBe(' 7 + 5 = 12');
  // A value is text, not a template or a replacement pattern.
  expect(renderTemplate('{a}{b}', { a: '{b} $& ', b: 'x' })).toBe('{b} $& x');
});

test.each([
  ['no such column', { id: 'r2' }],
  ['""', { id: 'r2', question: '' }],
  ['["a"]', { id: 'r2', question: ['a'] }],
])('names the row, the column and what it holds: %s', (got, badRow) => {
  expect(() => renderPrompt(task, badRow)).toThrow(DataError);
  expect(() => renderPrompt(task, badRow)).toThrow(`row r2: column question: got ${got}, expected a text or a number`);
});

test('a {column?} may be missing or empty, and is text or a number where it is there', () => {
  const render = (input?: unknown) => renderTemplate('{question}\n\n{input?}', { ...row, input });
  expect([render(), render(null), render(''), render(0)]).toEqual([
    ...['How many?\n\n', 'How many?\n\n', 'How many?\n\n', 'How many?\n\n0'],
  ]);
  expect(() => render(['a'])).toThrow('column input: got ["a"], expected a text or a number');
  const onlyOptional = TaskConfig.safeParse({ prompt: '{question?}' });
  expect(onlyOptional.error?.issues).toMatchObject([{ path: ['prompt'] }]);
  const tells = TaskConfig.safeParse({ prompt: '{question} {expression?}', equation: 'equation' });
  expect(tells.error?.issues[0]?.message).toMatch(/gives the solution away/);
});

test('has no completion where the equation did not solve or none is asked for', () => {
  expect(renderCompletion(task, { ...row, expression: undefined })).toBeNull();
  expect(renderCompletion({ ...task, completion: undefined }, row)).toBeNull();
});

test('a few-shot prompt shows solved examples and then the question', () => {
  const example = { id: 'e', question: 'Why?', expression: '1 + 1', answer: 2 };
  expect(renderFewShotPrompt(task, [example, example], row)).toBe(
    'Question: Why?\nAnswer: 1 + 1 = 2\n\nQuestion: Why?\nAnswer: 1 + 1 = 2\n\nQuestion: How many?\nAnswer:',
  );
  expect(renderFewShotPrompt(task, [], row)).toBe(renderPrompt(task, row));
  expect(() => renderFewShotPrompt(task, [{ ...example, expression: undefined }], row)).toThrow(/row e/);
});

describe('cutFewShotCompletion', () => {
  const cut = (text: string) => cutFewShotCompletion({ text, finishReason: 'length', tokenIds: [1] });

  test('ends an answer at the first line break, and then it was not cut off', () => {
    expect(cut(' 7 + 5 = 12\n\nQuestion: 3')).toEqual({ text: ' 7 + 5 = 12', finishReason: 'stop', tokenIds: [1] });
    expect(cut('\n 7 + 5\nx')).toMatchObject({ text: '\n 7 + 5', finishReason: 'stop' });
  });

  test('leaves an answer without a break as it is', () => {
    expect(cut(' 7 + 5 = 12')).toMatchObject({ text: ' 7 + 5 = 12', finishReason: 'length' });
    expect(cut('\n\n')).toMatchObject({ text: '\n\n', finishReason: 'length' });
  });
});
