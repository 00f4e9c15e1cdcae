import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { prepareData, rowsWithCompletion } from '../../../activities/data/prepare.ts';
import { TaskConfig } from '../../../configs/schema/task.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cabochon-data-'))));
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, rows: readonly object[]): Promise<string> {
  await writeFile(join(folder, name), rows.map((row) => JSON.stringify(row)).join('\n'));
  return join(folder, name);
}

const task = TaskConfig.parse({
  prompt: '{question}',
  completion: ' {expression} = {answer}',
  equation: 'equation',
});

test('accounts for every row: filtered, overlapping, unsolved', async () => {
  const train = await file('train.jsonl', [
    { id: 'a', question: 'q1', equation: 'X = 1 + 2', answer: '3', n: 1 },
    { id: 'b', question: 'q2', equation: 'X = 1 + 2', answer: '4', n: 1 }, // wrong
    { id: 'c', question: 'q3', answer: '4', n: 1 }, // no equation
    { id: 'c', question: 'q4', equation: '1+1+1', answer: '3' }, // id again; lacks n
    { id: 'd', question: 'q5', equation: 'X = 9 - 2', answer: '1,007', n: 1 }, // a comma in the answer: wrong, not NaN
    { id: 'e', question: 'q6', equation: 'X = 9 - 2', answer: 'seven', n: 1 },
    { id: 'f', question: 'seen', equation: 'X = 9 - 2', answer: '7', n: 1 }, // an evaluation question
    { id: 'g', question: 'q7', equation: 'X = 9 - 2', answer: '7', n: 2 }, // filtered
  ]);
  const evaluation = await file('evaluation.jsonl', [{ question: 'seen', equation: 'X = 9 - 2', answer: 7 }]);
  const data = await prepareData({ train, evaluation, where: { n: 1 } }, task, 7);

  expect(data.report.train).toEqual({
    source: train,
    read: 8,
    filter: { rejected: { n: 1 }, lacking: { n: 1 } },
    overlapping: 1,
    used: 6,
    unsolved: { 'wrong-answer': 2, 'no-equation': 1, 'not-understood': 1, 'no-answer': 1 },
  });
  expect(data.train.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'c#2', 'd', 'e']);
  expect(rowsWithCompletion(data.train, task).map(({ id, expression }) => [id, expression])).toEqual([['a', '1 + 2']]);
  expect(data.evaluation).toEqual([expect.objectContaining({ id: 'row-1', expression: '9 - 2' })]);
});

test('holds rows out of a lone file; the same seed, the same split', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ id: i, question: `q${i % 35}`, answer: i }));
  const data = { train: await file('lone.jsonl', rows), holdout: 12 };
  const plain = TaskConfig.parse({ prompt: '{question}', completion: ' {answer}' });
  const first = await prepareData(data, plain, 7);
  expect(first.evaluation).toHaveLength(12);
  // questions 0 to 4 occur twice: a twin of a held-out row is not trained on
  const questions = new Set(first.evaluation.map(({ question }) => question));
  expect(first.train.filter(({ question }) => questions.has(question))).toEqual([]);
  expect(first.train.length + first.report.train.overlapping).toBe(28);
  expect(first.report.train.overlapping).toBeGreaterThan(0);
  expect(await prepareData(data, plain, 7)).toEqual(first);
  expect((await prepareData(data, plain, 8)).evaluation).not.toEqual(first.evaluation);
});

test('a row that does not fit the task stops it before anything is loaded', async () => {
  const train = await file('bad.jsonl', [
    { question: 'q', answer: 1 },
    { query: 'q', answer: 2 },
  ]);
  await expect(prepareData({ train, evaluation: train }, task, 7)).rejects.toThrow(
    /bad\.jsonl: row row-2: column question: got no such column/,
  );
  await expect(prepareData({ train, evaluation: train, where: { answer: 3 } }, task, 7)).rejects.toThrow(
    /bad\.jsonl: got no evaluation rows: data\.where keeps none of 2/,
  );
  await expect(prepareData({ train, evaluation: train, where: { answer: 1 } }, task, 7)).rejects.toThrow(
    /bad\.jsonl: all 1 training rows have prompts that are also evaluation prompts/,
  );
});
