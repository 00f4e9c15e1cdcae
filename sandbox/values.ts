/** Reading of the text that sandbox/realm/codec.js makes of values, and comparison with what was expected. */

/** A value as data: compounds by their kind, so that nothing of it can act. */
export type Tree =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | { readonly kind: 'array' | 'set'; readonly items: readonly Tree[] }
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, Tree> }
  | { readonly kind: 'map'; readonly items: readonly Tree[] }
  | { readonly kind: 'date'; readonly time: number }
  | { readonly kind: 'other'; readonly what: string };

/** Text for the arguments of a call. They are JSON: of data rows. */
export function encodeJson(value: unknown): string {
  if (Array.isArray(value)) return `["a"${value.map((item) => `,${encodeJson(item)}`).join('')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `,${JSON.stringify(key)},${encodeJson(item)}`);
    return `["o"${entries.join('')}]`;
  }
  if (value === undefined) return '["u"]';
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return `["n","${Object.is(value, -0) ? '-0' : value}"]`;
  return JSON.stringify(value);
}

/** @throws SyntaxError or TypeError when the text is none that the codec makes: a program may have written it. */
export function decodeTree(text: string): Tree {
  return treeOf(JSON.parse(text), []);
}

function treeOf(node: unknown, made: Tree[]): Tree {
  if (!Array.isArray(node)) {
    if (typeof node === 'object' && node !== null) throw new TypeError('not a value');
    return node as Tree;
  }
  const [kind, ...rest] = node as [unknown, ...unknown[]];
  switch (kind) {
    case 'u':
      return undefined;
    case 'n':
      return Number(rest[0]);
    case 'b':
      return BigInt(String(rest[0]));
    case 'd':
      return { kind: 'date', time: Number(treeOf(rest[0], made)) };
    case '#':
      return made[Number(rest[0])] ?? { kind: 'other', what: 'a value that holds itself' };
    case 'a':
    case 't':
    case 's':
    case 'm':
      return treeOfList(kind, kind === 't' ? rest.slice(1) : rest, made);
    case 'o':
      return treeOfObject(rest, made);
    default:
      return { kind: 'other', what: NAMES[String(kind)] ?? 'something' };
  }
}

const NAMES: Readonly<Record<string, string>> = {
  f: 'a function',
  p: 'a promise',
  y: 'a symbol',
  e: 'an error',
  r: 'a regular expression',
};

function treeOfList(kind: 'a' | 't' | 's' | 'm', rest: readonly unknown[], made: Tree[]): Tree {
  const at = made.push(undefined) - 1;
  const items = rest.map((item) => treeOf(item, made));
  const name = ({ a: 'array', t: 'array', s: 'set', m: 'map' } as const)[kind];
  return (made[at] = { kind: name, items });
}

function treeOfObject(rest: readonly unknown[], made: Tree[]): Tree {
  const at = made.push(undefined) - 1;
  const entries = new Map<string, Tree>();
  for (let i = 0; i + 1 < rest.length; i += 2) entries.set(String(rest[i]), treeOf(rest[i + 1], made));
  return (made[at] = { kind: 'object', entries });
}

/**
 * Whether a returned value is the expected JSON. Arrays and typed arrays are lists, a date is its ISO text, an object its
 * own enumerable properties, those that are undefined left out. -0 is 0. No number is near enough to another.
 */
export function equalsJson(actual: Tree, expected: unknown): boolean {
  if (typeof actual !== 'object' || actual === null) return actual === expected;
  switch (actual.kind) {
    case 'array':
      return (
        Array.isArray(expected) &&
        expected.length === actual.items.length &&
        actual.items.every((item, i) => equalsJson(item, expected[i]))
      );
    case 'object': {
      if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) return false;
      const wanted = Object.entries(expected);
      const defined = [...actual.entries].filter(([, value]) => value !== undefined);
      return (
        wanted.length === defined.length &&
        wanted.every(([key, value]) => actual.entries.has(key) && equalsJson(actual.entries.get(key), value))
      );
    }
    case 'date':
      return (
        typeof expected === 'string' && !Number.isNaN(actual.time) && new Date(actual.time).toISOString() === expected
      );
    case 'set':
    case 'map':
    case 'other':
      return false;
  }
}

/** A value for a message. */
export function showTree(tree: Tree, depth = 0): string {
  if (typeof tree === 'string') return JSON.stringify(tree);
  if (typeof tree !== 'object' || tree === null) return typeof tree === 'bigint' ? `${tree}n` : String(tree);
  if (depth > 4) return '…';
  const list = (items: readonly Tree[]) =>
    items
      .slice(0, 20)
      .map((item) => showTree(item, depth + 1))
      .join(', ');
  switch (tree.kind) {
    case 'array':
      return `[${list(tree.items)}]`;
    case 'set':
    case 'map':
      return `a ${tree.kind} of ${list(tree.items)}`;
    case 'object':
      return `{${[...tree.entries]
        .slice(0, 20)
        .map(([key, item]) => `${key}: ${showTree(item, depth + 1)}`)
        .join(', ')}}`;
    case 'date':
      return `the date ${tree.time}`;
    case 'other':
      return tree.what;
  }
}
