import type { DeviceInfo } from '../../model/api/engine.ts';
import { addAtRows } from '../../model/tensor/raw-ops.ts';
import { disposeVariable, scatterAddToVariable, variableValues, zeroVariable } from '../../model/tensor/variable.ts';
import * as tf from '../../model/tf.ts';

const REPEATS = 100;

/**
 * Adds rows whose indices repeat into a variable and into a table, again and again, as the embedding's gradient is added
 * up, and says in `residentBytes` how many different results there were. In the place of an engine, to be run where one runs.
 */
export function createEngine() {
  const info = (): Promise<DeviceInfo> => {
    const [count, width, distinct] = [1024, 640, 23];
    const rows = tf.randomNormal<tf.Rank.R2>([count, width], 0, 1, 'float32', 3);
    const indices = tf.tensor1d(
      Int32Array.from({ length: count }, (_, i) => (i * i) % distinct),
      'int32',
    );
    const results = new Set<string>();
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const variable = zeroVariable([distinct, width]);
      scatterAddToVariable(variable, indices, rows);
      const inTable = tf.tidy(() => addAtRows(tf.zeros([distinct, width]), indices, rows).dataSync());
      const bytes = [variableValues(variable), inTable].map((sums) => Buffer.from(sums.buffer));
      results.add(Buffer.concat(bytes).toString('base64'));
      disposeVariable(variable);
    }
    return Promise.resolve({
      ...{ device: 'cpu', tensorflow: '', instructionSets: [], sets: [], residentBytes: results.size },
      ...{ precision: 'float32', bfloat16Speedup: 0 },
    });
  };
  return Promise.resolve({ info });
}
