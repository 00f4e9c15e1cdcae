import { parse } from 'yaml';

import { closest } from '../sdk/closest.ts';
import { ConfigError } from './problems.ts';

type Path = (string | number)[];

/** A part of a recipe that the command line replaces. */
export interface Setting {
  /** As in a finding: entries of lists by number. */
  readonly path: Path;
  /** Undefined to leave out what is there. */
  readonly value: unknown;
}

/**
 * Reads `KEY=VALUE` for a recipe as it is in its file: `stages.judge.pairs.train=pairs.jsonl`. Entries of lists go by their
 * name, or where they have none their kind or reward; or by number, also as `stages[1]`. Values are YAML; `null` leaves a key
 * out.
 *
 * @throws ConfigError when there is no such place. What the recipe makes of the value is checked with the recipe.
 */
export function readSetting(text: string, recipe: unknown, file: string): Setting {
  const [, key, given] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const fail = (message: string): never => {
    throw new ConfigError([{ file, position: null, path: `--set ${key ?? text}`, message }]);
  };
  if (key === undefined || given === undefined) return fail('got no value, expected KEY=VALUE');
  let node = recipe;
  const path: Path = [];
  for (const name of key.replace(/\[(\d+)\]/g, '.$1').split('.')) {
    if (node !== undefined && node !== null && typeof node !== 'object') {
      fail(`got ${String(node)} at ${path.join('.')}, expected a mapping or a list to go on in`);
    }
    path.push(Array.isArray(node) ? indexOf(node, name, fail) : name);
    node = (node as Record<string | number, unknown> | null | undefined)?.[path.at(-1)!];
  }
  let value: unknown;
  try {
    value = parse(given) as unknown;
  } catch (error) {
    fail(`got ${given}, which cannot be read as YAML: ${(error as Error).message.split('\n')[0]!}`);
  }
  if (value === null && typeof path.at(-1) === 'number') fail('got null, expected a value: lists keep their entries');
  return { path, value: value ?? undefined };
}

function indexOf(list: readonly unknown[], name: string, fail: (message: string) => never): number {
  const names = list.map((entry, index) => {
    const { name: own, kind, use } = Object(entry) as Record<string, unknown>;
    return String(own ?? kind ?? use ?? index);
  });
  const index = /^\d+$/.test(name) ? Number(name) : names.indexOf(name);
  if (index >= 0 && index < list.length) return index;
  const near = closest(name, names);
  return fail(`got ${name}, expected one of ${names.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`);
}

/** Puts a value where a path leads, and makes the mappings on the way. Undefined takes away what is there. */
export function put(root: object, path: readonly PropertyKey[], value: unknown): void {
  let node = root as Record<PropertyKey, unknown>;
  for (const key of path.slice(0, -1)) {
    if (typeof node[key] !== 'object' || node[key] === null) node[key] = {};
    node = node[key] as typeof node;
  }
  if (value === undefined) delete node[path.at(-1)!];
  else node[path.at(-1)!] = value;
}
