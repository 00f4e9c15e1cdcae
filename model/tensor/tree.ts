import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';

import { Variable } from './variable.ts';

/** What a compiled function works on. Everything else in its arguments is part of its identity. */
export type Leaf = Tensor | Variable;

export const isLeaf = (value: unknown): value is Leaf => value instanceof tf.Tensor || value instanceof Variable;

/** The same value with each tensor and variable replaced; arrays and plain objects are walked, the rest is kept. */
export function mapLeaves(value: unknown, replace: (leaf: Leaf) => unknown): unknown {
  if (isLeaf(value)) return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, replace));
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, replace)]));
  }
  return value;
}

export interface Flat {
  readonly leaves: readonly Leaf[];
  /** Everything about the value but the leaves' contents: structure, shapes, types and the other values. */
  readonly key: string;
}

// Weights are thousands of variables that never change identity: their walk is done once for each object.
const variablesOnly = new WeakMap<object, Flat>();

/** Takes a value apart into its tensors and variables and the rest. */
export function flatten(value: unknown): Flat {
  if (isLeaf(value)) return { leaves: [value], key: describe(value) };
  if (typeof value !== 'object' || value === null) return { leaves: [], key: JSON.stringify(value) ?? 'undefined' };
  const known = variablesOnly.get(value);
  if (known) return known;

  const parts = Object.entries(value).map(([name, item]) => ({ name, flat: flatten(item) }));
  const leaves = parts.flatMap(({ flat }) => flat.leaves);
  const flat = { leaves, key: `{${parts.map(({ name, flat }) => `${name}:${flat.key}`).join()}}` };
  if (leaves.length > 0 && leaves.every((leaf) => leaf instanceof Variable)) variablesOnly.set(value, flat);
  return flat;
}

function describe(leaf: Leaf): string {
  return `${leaf instanceof Variable ? 'variable ' : ''}${leaf.dtype}[${leaf.shape.join()}]`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
