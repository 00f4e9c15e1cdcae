import { readFileSync } from 'node:fs';

import type { Gemma3Config } from '../../model/gemma3/config.ts';
import { makeWeights, parametersOf } from '../../model/gemma3/weights.ts';
import type { Gemma3Weights } from '../../model/gemma3/weights.ts';
import { variableOf, zeroVariable } from '../../model/tensor/variable.ts';
import type { Variable } from '../../model/tensor/variable.ts';
import * as tf from '../../model/tf.ts';
import { formulaWeights } from './formula-weights.ts';

/** What transformers computes for a small Gemma 3; made by `test/golden/gemma3_tiny.py`. */
export interface TinyGolden {
  readonly config: Gemma3Config;
  readonly ids: readonly (readonly number[])[]; // [2][17]
  readonly positions: readonly number[];
  readonly logits: readonly (readonly (readonly number[])[])[]; // [2][positions][V]
  readonly loss: number;
  readonly gradients: Readonly<Record<string, { rows: number[] | null; values: number[] | number[][] }>>;
  readonly gradientNorms: Readonly<Record<string, number>>;
}

export const tinyGolden = JSON.parse(
  readFileSync(new URL('../golden/gemma3-tiny.json', import.meta.url), 'utf8'),
) as TinyGolden;

/**
 * Weights of the golden model: from a formula, by the number of each parameter's name in alphabetical order. Another
 * `offset` to the numbers, other weights.
 */
export function tinyWeights(config: Gemma3Config = tinyGolden.config, offset = 0): Gemma3Weights<Variable> {
  const sorted = parametersOf(config)
    .map(({ name }) => name)
    .sort();
  return makeWeights(config, ({ name, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return variableOf(() => tf.tensor(formulaWeights(sorted.indexOf(name) + offset, length), [...shape]));
  });
}

export const zeroGradients = (config: Gemma3Config): Gemma3Weights<Variable> =>
  makeWeights(config, ({ shape }) => zeroVariable(shape));
