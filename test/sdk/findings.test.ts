import { expect, test } from 'vitest';
import * as z from 'zod';

import { findProblems } from '../../sdk/findings.ts';

test.each<[string, z.ZodType, unknown, string]>([
  ['types', z.union([z.string(), z.number()]), undefined, 'got nothing, expected a text or a number'],
  ['a type or none', z.union([z.string(), z.array(z.string())]).nullish(), 3, 'got 3, expected a text or a list'],
])('of a union of %s says what was expected', (_, schema, value, message) => {
  expect(findProblems(z.object({ answer: schema }), { answer: value })).toEqual({
    findings: [{ path: ['answer'], atKey: false, message }],
  });
});
