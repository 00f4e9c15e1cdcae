import { describe, expect, test } from 'vitest';

import format from '../../rewards/format.ts';
import type { Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';
import { judgeWith } from '../support/judge.ts';

function sample(completion: string): Sample<Record<string, never>> {
  return { prompt: '', completion, finishReason: 'stop', row: {} };
}

const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string', pattern: '^[A-Z]' }, age: { type: 'integer', minimum: 0 } },
  required: ['name'],
  additionalProperties: false,
};

describeReward(
  format,
  { params: { schema: SCHEMA }, samples: ['{"name": "Ann"}', '{}', 'Ann'].map(sample) },
  { describe, test },
);

test.each<[params: object, completion: string, score: number]>([
  [{ pattern: 'Answer: \\d+$' }, 'So.\nAnswer: 12', 1],
  [{ pattern: 'Answer: \\d+$' }, 'Answer: 12.', 0],
  [{ pattern: '^<think>(?s:.*)</think>[^<]*$' }, '<think>a\nb</think> 12', 1],
  [{ json: true }, ' [1, 2] ', 1],
  [{ json: true }, '```json\n{"a": 1}\n```', 1],
  [{ json: true }, 'Here it is: {"a": 1}', 0],
  [{ json: true, pattern: 'a' }, '{"b": 1}', 0],
  [{ schema: SCHEMA }, '{"name": "Ann", "age": 7}', 1],
  [{ schema: SCHEMA }, '{"name": "ann"}', 0],
  [{ schema: SCHEMA }, '{"name": "Ann", "age": 7.5}', 0],
  [{ schema: SCHEMA }, '{"name": "Ann", "size": 7}', 0],
])('%j: %j earns %d', async (params, completion, score) => {
  expect(await judgeWith(format, params, [sample(completion)])).toMatchObject([{ outcome: 'scored', score }]);
});

test('says what is wrong', async () => {
  const [type, syntax] = await judgeWith(format, { schema: SCHEMA }, [sample('{"name": 1}'), sample('{')]);
  expect(type).toMatchObject({ reason: 'not of the schema: /name must be string' });
  expect(syntax).toMatchObject({ reason: expect.stringMatching(/^no JSON: /) as string });
});

// A backtracking matcher would need 2^50000 steps; this one would not end, rather than be slow.
test.each([{ pattern: '^(a+)+$' }, { schema: { type: 'string', pattern: '^(a+)+$' } }])(
  'no completion makes %j hang',
  async (params) => {
    const text = `${'a'.repeat(50_000)}b`;
    const completion = 'schema' in params ? JSON.stringify(text) : text;
    expect(await judgeWith(format, params, [sample(completion)])).toMatchObject([{ score: 0 }]);
  },
);

test.each([
  [{}, 'got nothing to ask for; give pattern, json or schema'],
  [{ pattern: '(a' }, 'got "(a", expected a regular expression in RE2 syntax'],
  [{ pattern: 'a(?!b)' }, 'expected a regular expression in RE2 syntax'],
  [{ schema: { type: 'text' } }, 'expected a JSON Schema (2020-12): schema is invalid'],
  [{ schema: { type: 'object', propertys: {} } }, 'unknown keyword: "propertys"'],
])('%j is refused', (params, message) => {
  expect(format.params.safeParse(params).error?.issues[0]?.message).toContain(message);
});
