import { expect, test } from 'vitest';

import { applyEdits } from '../../scripts/setup/stock-edits.mjs';

const edits = [
  { find: 'a', replace: 'x' },
  { find: 'b', replace: 'y' },
];

test('applies each edit', () => {
  expect(applyEdits('a-b-c', edits, 'file')).toBe('x-y-c');
});

test.each([
  ['c', 0],
  ['a a b', 2],
])('refuses %o, where a passage is there other than once', (text, times) => {
  expect(() => applyEdits(text, edits, 'file.cc')).toThrow(`file.cc: ${times} places hold "a", expected 1`);
});
