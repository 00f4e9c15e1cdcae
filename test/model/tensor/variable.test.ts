import { afterEach, describe, expect, test } from 'vitest';

import { compile } from '../../../model/tensor/compile.ts';
import {
  disposeVariable,
  gatherVariable,
  readVariable,
  replaceRows,
  variableOf,
} from '../../../model/tensor/variable.ts';
import type { Variable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import type { Tensor } from '../../../model/tf.ts';

const ints = (...values: number[]) => tf.tensor1d(values, 'int32');
const numbers = (tensor: Tensor) => [...tensor.dataSync()];

describe.each(['float32', 'bfloat16'] as const)('rows of a %s variable', (dtype) => {
  let variable: Variable;
  const make = () => (variable = variableOf(() => tf.reshape(tf.range(0, 12, 1), [3, 2, 2]), dtype));
  afterEach(() => disposeVariable(variable));

  test('are gathered along the first axis', () => {
    make();
    expect(numbers(gatherVariable(variable, ints(2, 0)))).toEqual([8, 9, 10, 11, 0, 1, 2, 3]);
  });

  test('are replaced along the first axes together, alone and in a compiled function', () => {
    make();
    const value = replaceRows(variable, ints(5, 1), tf.tensor2d([[50, 51], [20, 21]])); // prettier-ignore
    expect(value.shape).toEqual([3, 2, 2]);
    const after = [0, 1, 20, 21, 4, 5, 6, 7, 8, 9, 50, 51];
    expect([numbers(value), numbers(readVariable(variable))]).toEqual([after, after]);

    const twice = compile('twice', (v: Variable, index: Tensor, row: Tensor) => {
      const first = replaceRows(v, index, row);
      return [
        first,
        replaceRows(v, tf.add(index, tf.scalar(1, 'int32')), tf.reshape(gatherVariable(v, index), [1, 2, 2])),
      ];
    });
    const [, second] = twice(variable, ints(0), tf.ones([1, 2, 2]));
    const ended = [1, 1, 1, 1, 1, 1, 1, 1, 8, 9, 50, 51];
    expect([numbers(second!), numbers(readVariable(variable))]).toEqual([ended, ended]);
    twice.dispose();
  });
});

test('a variable is read without a copy, also after rows of it were gathered and replaced', () => {
  const variable = variableOf(() => tf.zeros([3, 2, 2]));
  gatherVariable(variable, ints(1));
  replaceRows(variable, ints(1), tf.zeros([1, 2, 2]));
  const alias = compile('alias', (v: Variable) => {
    const before = readVariable(v);
    return tf.add(tf.mul(replaceRows(v, ints(0), tf.fill([1, 2, 2], 7)), 0), before);
  });
  // A copy made by the first read would still have what was there before.
  expect(numbers(alias(variable)).slice(0, 4)).toEqual([7, 7, 7, 7]);
  alias.dispose();
  disposeVariable(variable);
});
