import type * as z from 'zod';

import { closest } from './closest.ts';

/** One thing that a schema finds wrong with a value. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  /** True when the key itself is at fault, not its value. */
  readonly atKey: boolean;
  /** `got X, expected Y`, without the path. */
  readonly message: string;
}

/** `['stages', 0, 'name']` as `stages[0].name`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/**
 * Parses a value and says everything that is wrong with it, each in the form `got X, expected Y`.
 *
 * Used for recipes and, with the same words, for the options and columns of rewards.
 */
export function findProblems<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): { readonly data: z.infer<Schema> } | { readonly findings: readonly Finding[] } {
  const result = schema.safeParse(value, { error: describeIssue, reportInput: true });
  if (result.success) return { data: result.data };
  const findings = result.error.issues.flatMap((issue): Finding[] => {
    if (issue.code !== 'unrecognized_keys') {
      // Messages written in a schema say only what was expected.
      const got = issue.message.startsWith('expected ') ? `got ${describeValue(issue.input)}, ` : '';
      return [{ path: issue.path, atKey: false, message: got + issue.message }];
    }
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: [...issue.path, key], atKey: true, message: messages[i] ?? '' }));
  });
  return { findings };
}

function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const got = `got ${describeValue(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `${got}, expected ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `${got}, expected ${describeBound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum)}`;
    case 'too_big':
      return `${got}, expected ${describeBound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum)}`;
    case 'invalid_value':
      return `${got}, expected ${describeChoice(issue.values, issue.input)}`;
    case 'invalid_union':
      if (!('options' in issue) || !Array.isArray(issue.options)) return describeUnion(issue.errors, got);
      return describeDiscriminator(issue.discriminator, issue.options as z.core.util.Primitive[], issue.input);
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey(key, knownKeys(issue.inst))).join('\n');
    default:
      return undefined; // Formats and rules bring their own message.
  }
}

/** `expected a text or a number`, where each branch of a union wants a type; else what the branches say. */
function describeUnion(errors: readonly (readonly z.core.$ZodIssue[])[], got: string): string | undefined {
  const wanted = errors.map((issues) => {
    const [issue] = issues;
    return issues.length === 1 && issue?.code === 'invalid_type' && issue.path.length === 0 ? issue.expected : null;
  });
  if (wanted.length === 0 || wanted.includes(null)) return undefined;
  return `${got}, expected ${wanted.map((type) => TYPE_NAMES[type!] ?? type).join(' or ')}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function describeBound(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'string') return limit === 1 ? 'a text that is not empty' : `${bound} ${limit} characters`;
  if (origin === 'array') return `${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `${bound} ${limit}`;
}

function describeChoice(values: readonly z.core.util.Primitive[], input: unknown): string {
  const names = values.map((value) => (typeof value === 'string' ? value : String(value)));
  const near = typeof input === 'string' ? closest(input, names) : undefined;
  const choice = names.length === 1 ? String(names[0]) : `one of ${names.join(', ')}`;
  return near === undefined ? choice : `${choice}; did you mean ${near}?`;
}

function describeDiscriminator(
  key: string | undefined,
  options: readonly z.core.util.Primitive[],
  input: unknown,
): string {
  const isMapping = typeof input === 'object' && input !== null && key !== undefined && key in input;
  const given = isMapping ? (input as Record<string, unknown>)[key] : undefined;
  return `got ${describeValue(given)}, expected ${describeChoice(options, given)}`;
}

function knownKeys(schema: unknown): string[] {
  return typeof schema === 'object' && schema !== null && 'shape' in schema ? Object.keys(schema.shape as object) : [];
}

function describeUnknownKey(key: string, known: readonly string[]): string {
  const near = closest(key, known);
  if (near !== undefined) return `unknown key; did you mean ${near}?`;
  return `unknown key; there are: ${known.join(', ')}`;
}
