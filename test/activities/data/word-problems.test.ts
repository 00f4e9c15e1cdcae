import { describe, expect, test } from 'vitest';

import { NAMES, TEMPLATES, THINGS } from '../../../activities/data/problem-templates.ts';
import { solveEquation } from '../../../activities/data/solve-equation.ts';
import { makeWordProblems } from '../../../activities/data/word-problems.ts';
import { Generator } from '../../../configs/schema/data.ts';

function make(overrides: object = {}) {
  const config = { kind: 'one-operation', maxNumber: 20, trainProblems: 2000, evaluationProblems: 300, seed: 3 };
  return makeWordProblems(Generator.parse({ ...config, ...overrides }));
}

const { train, evaluation } = make();
const all = [...evaluation, ...train];

test('makes as many as asked, no question twice, so train and evaluation share none', () => {
  expect([train.length, evaluation.length]).toEqual([2000, 300]);
  expect(new Set(all.map(({ question }) => question)).size).toBe(2300);
  expect(new Set(all.map(({ id }) => id)).size).toBe(2300);
});

test('is decided by its seed, and asking for more to train on leaves the evaluation as it is', () => {
  expect(make()).toEqual({ train, evaluation });
  expect(make({ trainProblems: 2500 }).evaluation).toEqual(evaluation);
  expect(make({ trainProblems: 2500 }).train.slice(0, 2000)).toEqual(train);
  expect(make({ seed: 4 }).train[0]).not.toEqual(train[0]);
});

test('every equation solves to its answer with the numbers of the question', () => {
  for (const { question, equation, answer } of all) {
    const { expression } = solveEquation(equation, Number(answer));
    expect(`X = ${expression}`).toBe(equation);
    const [a, , b] = expression!.split(' ');
    expect([...(question.match(/\d+/g) ?? [])].sort()).toEqual([a, b].sort());
    expect(answer).toMatch(/^[1-9]\d*$/);
  }
});

test('each operation is asked as often as the others, each template of it too', () => {
  for (const operator of ['+', '-', '*', '/']) {
    const count = all.filter(({ equation }) => equation.split(' ')[3] === operator).length;
    expect(Math.abs(count - 2300 / 4)).toBeLessThan(4 * Math.sqrt(2300 * 0.25 * 0.75));
  }
  const shapes = all.map(({ question }) => question.replace(/\d+/g, '#').replace(WORDS, '_'));
  // 48 templates; 2300 questions leave none out (each is missed with probability (47/48)^2300 < 1e-20)
  expect(new Set(shapes).size).toBe(48);
});

test('numbers stay in bounds', () => {
  for (const { equation } of [...all, ...make({ maxNumber: 100 }).train]) {
    const [, , a, operator, b] = equation.split(' ');
    const [largest, other] = operator === '/' ? [Number(b), Number(a) / Number(b)] : [Number(a), Number(b)];
    expect(Math.min(largest, other)).toBeGreaterThanOrEqual(2);
    expect(Math.max(largest, other)).toBeLessThanOrEqual(operator === '+' || operator === '-' ? 100 : 12);
  }
  const terms = all
    .filter(({ equation }) => /[+-]/.test(equation))
    .flatMap(({ question }) => question.match(/\d+/g) ?? []);
  expect(Math.max(...terms.map(Number))).toBe(20);
});

describe('templates', () => {
  const templates = Object.values(TEMPLATES).flat();

  test('there are at least 40, all different, each with both numbers and a question', () => {
    expect(new Set(templates).size).toBe(48);
    for (const template of templates) {
      expect(template.match(/\{a\}/g)).toHaveLength(1);
      expect(template.match(/\{b\}/g)).toHaveLength(1);
      expect(template).toMatch(/[?]$/);
      expect(template.match(/\{(?!a\}|b\}|name\}|other\}|things\})/)).toBeNull();
    }
  });

  test('a question has at most 26 words and numbers, so that prompts stay short', () => {
    expect(Math.max(...all.map(({ question }) => question.split(' ').length))).toBeLessThanOrEqual(26);
  });
});

const WORDS = new RegExp(`\\b(${[...NAMES, ...THINGS].join('|')})\\b`, 'g');
