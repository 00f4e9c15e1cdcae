import { expect, test } from 'vitest';

import { numbersIn, parsePlainNumber } from '../../math/numbers.ts';

test.each([
  ['12', 12],
  [' -3.50 ', -3.5],
  ['−3', -3], // a typographic minus
  ['+4', 4],
  ['.5', 0.5],
  ['1,234,567.8', 1234567.8],
  ['0', 0],
  ['12,34', null],
  ['1,2345', null],
  ['1/2', null],
  ['1.2.3', null],
  ['1e5', null],
  ['', null],
  ['-', null],
  ['.', null],
  ['0x10', null],
  ['Infinity', null],
  ['5 apples', null],
])('parsePlainNumber(%j) is %s', (text, value) => {
  expect(parsePlainNumber(text)).toBe(value);
});

test.each<[string, (number | null)[]]>([
  [' 70 - 27 = 43', [70, 27, 43]],
  ['70-27=43', [70, 27, 43]],
  ['(3)-2', [3, 2]],
  ['= -5.', [-5]],
  ['x=-5', [-5]],
  ['$1,234.50, or 5%', [1234.5, 5]],
  ['1,2,3 and 3,456', [1, 2, 3, 3456]],
  ['half is 1/2', [null]],
  ['12 / 3', [12, 3]],
  ['version 1.2.3', [null]],
  ['H2O and AZY3U has 7km', [7]],
  ['2x', [2]],
  ['no number', []],
])('numbersIn(%j) are %j', (text, numbers) => {
  expect(numbersIn(text)).toEqual(numbers);
});

test('long runs take no time', () => {
  const start = performance.now();
  for (const text of ['1', '1,', '1/', '1.', '-', '1/.', 'a1']) numbersIn(text.repeat(20_000));
  expect(performance.now() - start).toBeLessThan(1000);
});
