import { expect, test } from 'vitest';

import { isLower, isUpper, pythonRegExp, strip } from '../../../rewards/ifeval/python-text.ts';

test('white space is what Python takes for it', () => {
  expect(strip('\x1c\x85\u2028 a \u3000')).toBe('a');
  expect(strip('\ufeffa')).toBe('\ufeffa');
});

test.each([
  ['ABC 1', true, false],
  ['abc ª', false, true],
  ['ǅ', false, false], // title case is neither
  ['12', false, false],
  ['日本', false, false],
])('%j: upper %s, lower %s', (text, upper, lower) => {
  expect([isUpper(text), isLower(text)]).toEqual([upper, lower]);
});

test.each([
  ['a{b}', '', 'a{b}', 'a{b}'],
  ['a{2}', '', 'aaa', 'aa'],
  ['[.^$]+', '', 'a.^$', '.^$'],
  ['[]a]+', '', '[]a[', ']a'],
  ['[\\w-]+', '', 'é-1 ', 'é-1'],
  ['a\\-b', '', 'a-b', 'a-b'],
  ['^b$', 'm', 'a\nb\nc', 'b'],
  ['b$', '', 'a b\n', 'b'], // Python's $ lets one line end follow
  ['k', 'i', '\u212a', '\u212a'], // the Kelvin sign
  ['\\bte', '', 'été te', 'te'],
])('%j finds in %j', (pattern, flags, text, found) => {
  expect(pythonRegExp(pattern, flags).exec(text)?.[0]).toBe(found);
});

test.each(['(', '*a', 'C++', '(?P<x>a)', '\\q'])('%j is refused', (pattern) => {
  expect(() => pythonRegExp(pattern)).toThrow(SyntaxError);
});
