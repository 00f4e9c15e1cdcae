import { describe, expect, test } from 'vitest';

import { leavesOf, parametersOf } from '../../../model/gemma3/weights.ts';
import type { Gemma3Weights } from '../../../model/gemma3/weights.ts';
import { logitsOf } from '../../../model/gemma3/head.ts';
import { disposeVariable, readVariable, replaceRows, variableCount } from '../../../model/tensor/variable.ts';
import type { Variable } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import type { Tensor2D } from '../../../model/tf.ts';
import { statesOf, toTensors } from '../../../model/training/batch.ts';
import { addGradients, compileGradients } from '../../../model/training/gradients.ts';
import { packSequences } from '../../../model/training/pack.ts';
import type { PackedBatch } from '../../../model/training/pack.ts';
import { tinyGolden, tinyWeights, zeroGradients } from '../../support/tiny-model.ts';

const { config } = tinyGolden;
/** Next-token prediction: the first token is the prompt, the rest is the completion. */
const sequences = tinyGolden.ids.map(([first, ...rest]) => ({ promptIds: [first!], completionIds: rest }));
const [batch] = packSequences(sequences, { tokensPerBatch: 64 }) as [PackedBatch];
/** Mean over all predicted tokens; the padding of the target list weighs nothing. */
const meanWeights = ({ targets: { length: tokens } }: PackedBatch) =>
  tf.tensor1d(Float32Array.from({ length: Math.ceil(tokens / 64) * 64 }, (_, i) => (i < tokens ? 1 / tokens : 0)));

function gradientsBy(run: typeof addGradients | 'compiled', of = batch) {
  const weights = tinyWeights();
  const gradients = zeroGradients(config);
  const { loss, logProbs } = tf.tidy(() => {
    const step =
      run === 'compiled'
        ? compileGradients(config, 'float32')
        : (...args: Parameters<ReturnType<typeof compileGradients>>) => run(...args, config);
    const parts = step(weights, gradients, toTensors(of), meanWeights(of), 1);
    return { loss: tf.keep(parts.loss), logProbs: tf.keep(parts.logProbs) };
  });
  const values = new Map(parametersOf(config).map(({ name }, i) => [name, read(leavesOf(gradients)[i]!)]));
  const result = { loss: loss.dataSync()[0]!, logProbs: [...logProbs.dataSync()], values };
  [loss, logProbs].forEach((tensor) => tensor.dispose());
  [weights, gradients].forEach(disposeAll);
  return result;
}

const read = (variable: Variable) => tf.tidy(() => readVariable(variable).arraySync() as number[] | number[][]);
const disposeAll = (tree: Gemma3Weights<Variable>) => leavesOf(tree).forEach(disposeVariable);

describe('the forward pass', () => {
  test('agrees with transformers across the window edge', () => {
    const weights = tinyWeights();
    const logits = tf.tidy(() => {
      // The states that predict token t + 1 are those of position t.
      const states = statesOf(weights, toTensors(batch), config);
      return logitsOf(states, readVariable(weights.embedTokens) as Tensor2D).arraySync() as number[][];
    });
    let largest = 0;
    tinyGolden.positions.forEach((position, i) => {
      if (position === 16) return; // predicts nothing in this batch
      tinyGolden.logits.forEach((row, b) =>
        row[i]!.forEach(
          (golden, v) => (largest = Math.max(largest, Math.abs(logits[b * 16 + position]![v]! - golden))),
        ),
      );
    });
    expect(largest).toBeLessThan(2e-5);
    disposeAll(weights);
  });
});

describe('the gradient', () => {
  // Forty times the same sequences have the same mean, and more targets than the head takes at once.
  const copies = Array.from({ length: 40 }, () => sequences).flat();
  const [manyTargets] = packSequences(copies, { tokensPerBatch: 4096 }) as [PackedBatch];

  test.each([
    ['eager', addGradients, batch],
    ['compiled', 'compiled', batch],
    [`compiled, ${manyTargets.targets.length} targets`, 'compiled', manyTargets],
  ] as const)('agrees with transformers (%s)', (_, run, of) => {
    const { loss, values } = gradientsBy(run, of);
    expect(loss).toBeCloseTo(tinyGolden.loss, 5);
    for (const [name, golden] of Object.entries(tinyGolden.gradients)) {
      const all = values.get(name)!;
      const ours = (golden.rows ? golden.rows.map((row) => (all as number[][])[row]!) : all).flat();
      const scale = Math.max(...golden.values.flat().map(Math.abs));
      const worst = Math.max(...golden.values.flat().map((value, i) => Math.abs(ours[i]! - value) / scale));
      // Largest seen, relative to the largest entry of the tensor: 1.5e-5.
      expect(worst, name).toBeLessThan(3e-5);
    }
    for (const [name, norm] of Object.entries(tinyGolden.gradientNorms)) {
      const ours = Math.hypot(...values.get(name)!.flat());
      expect(Math.abs(ours - norm) / norm, name).toBeLessThan(3e-5);
    }
  });

  test('is the same to the bit compiled and eager', () => {
    const [eager, compiled] = [gradientsBy(addGradients), gradientsBy('compiled')];
    expect(compiled.loss).toBe(eager.loss);
    expect(compiled.logProbs).toEqual(eager.logProbs);
    for (const [name, values] of eager.values) expect(compiled.values.get(name), name).toEqual(values);
  });

  test('leaves no tensors and no variables behind', () => {
    gradientsBy('compiled');
    const [tensors, variables] = [tf.memory().numTensors, variableCount()];
    gradientsBy('compiled');
    gradientsBy(addGradients);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(variableCount()).toBe(variables);
  });

  test('leaves the table’s gradient readable without a copy', () => {
    const [weights, gradients] = [tinyWeights(), zeroGradients(config)];
    const { embedTokens } = gradients;
    tf.tidy(() => addGradients(weights, gradients, toTensors(batch), meanWeights(batch), 1, config));
    const before = readVariable(embedTokens);
    replaceRows(embedTokens, tf.tensor1d([3], 'int32'), tf.fill([1, config.hiddenSize], 7));
    expect(tf.slice(before, [3, 0], [1, 1]).dataSync()[0]).toBe(7); // what shares memory changes with it
    [weights, gradients].forEach(disposeAll);
  });
});
