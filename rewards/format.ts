import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import * as z from 'zod';

import { defineReward, type Outcome } from '../sdk/reward.ts';

const Params = z
  .strictObject({
    pattern: z
      .string()
      .check(compiles(compilePattern, 'a regular expression in RE2 syntax, without look-around and back-references'))
      .optional()
      .describe('Regular expression (RE2 syntax) found somewhere in the completion; ^ and $ are its two ends.'),
    json: z.boolean().default(false).describe('The completion is JSON, all of it, in a Markdown fence or not.'),
    schema: z
      .record(z.string(), z.unknown())
      .check(compiles(compileSchema, 'a JSON Schema (2020-12)'))
      .optional()
      .describe('JSON Schema (2020-12) that the JSON has to fit. Implies json.'),
  })
  .check(({ value, issues }) => {
    if (value.pattern !== undefined || value.json || value.schema !== undefined) return;
    issues.push({
      code: 'custom',
      path: [],
      input: value,
      message: 'got nothing to ask for; give pattern, json or schema',
    });
  });

type Params = z.infer<typeof Params>;

/**
 * 1 for a completion of the asked form, else 0: it holds a pattern, is JSON, is JSON of a schema, or all of these.
 *
 * Patterns, those within a schema too, are matched in time linear in the completion (RE2), so no completion can make one
 * hang. A completion cut off by the token limit is judged as it stands.
 */
export default defineReward({
  name: 'format',
  version: 1,
  params: Params,
  columns: z.strictObject({}),
  range: [0, 1],
  timeoutMs: 10_000,
  fixtures: [
    { completion: 'So the answer is 12', row: {}, params: { pattern: 'answer is \\d+$' }, expect: 1 },
    { completion: '```json\n{"a": 1}\n```', row: {}, params: { json: true }, expect: 1 },
    { completion: '{"a": "1"}', row: {}, params: { schema: { properties: { a: { type: 'integer' } } } }, expect: 0 },
  ],
  score(samples, params) {
    const problemOf = formatOf(params);
    return samples.map(({ completion }): Outcome => {
      const problem = problemOf(completion);
      return problem === null ? { outcome: 'scored', score: 1 } : { outcome: 'scored', score: 0, reason: problem };
    });
  },
});

/** Says what is wrong with a text; null when nothing is. */
function formatOf({ pattern, json, schema }: Params): (text: string) => string | null {
  const regExp = pattern === undefined ? null : compilePattern(pattern);
  const validate = schema === undefined ? null : compileSchema(schema);
  return (text) => {
    if (regExp && !regExp.test(text)) return 'the pattern is not found';
    return json || validate ? jsonProblem(text, validate) : null;
  };
}

function jsonProblem(text: string, validate: ValidateFunction | null): string | null {
  let value: unknown;
  try {
    value = JSON.parse(withoutFence(text));
  } catch (error) {
    return `no JSON: ${(error as Error).message}`;
  }
  return validate === null || validate(value) ? null : `not of the schema: ${describe(validate.errors?.[0])}`;
}

/** The text between the lines of a fence that goes around all of it. */
function withoutFence(text: string): string {
  const trimmed = text.trim();
  const isFenced = trimmed.length >= 6 && trimmed.startsWith('```') && trimmed.endsWith('```');
  return isFenced ? trimmed.slice(3, -3).replace(/^[\w-]*/, '') : trimmed;
}

function describe(error: ErrorObject | undefined): string {
  return error === undefined ? 'no reason given' : `${error.instancePath || 'the whole'} ${error.message}`;
}

/** `toString` tells patterns apart: ajv keeps one matcher for each. */
function compilePattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}

function compileSchema(schema: object): ValidateFunction {
  const regExp = Object.assign(compilePattern, { code: 'compilePattern' });
  return new Ajv2020({ strict: true, strictTypes: false, strictTuples: false, code: { regExp } }).compile(schema);
}

/** Complains of what does not compile, with the compiler's words. */
function compiles<Value>(compile: (value: Value) => unknown, expected: string) {
  return ({ value, issues }: z.core.ParsePayload<Value>) => {
    try {
      compile(value);
    } catch (error) {
      const got = JSON.stringify(value).slice(0, 60);
      issues.push({
        code: 'custom',
        input: value,
        message: `got ${got}, expected ${expected}: ${(error as Error).message}`,
      });
    }
  };
}
