import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import type { Distillation } from '../../../model/api/distillation.ts';
import { parametersOf } from '../../../model/gemma3/weights.ts';
import { leavesOf } from '../../../model/gemma3/weights.ts';
import { variableValues } from '../../../model/tensor/variable.ts';
import * as tf from '../../../model/tf.ts';
import { paddedTargets } from '../../../model/training/batch.ts';
import { packSequences } from '../../../model/training/pack.ts';
import { addTeacherGradients, createStudent, createTeacher, teacherTargets } from '../../../model/training/teacher.ts';
import { tinyGolden, tinyWeights, zeroGradients } from '../../support/tiny-model.ts';

interface DistillGolden {
  readonly teacher: { readonly numHiddenLayers: number; readonly offset: number };
  readonly ids: readonly (readonly number[])[];
  readonly prompt: number;
  readonly temperature: number;
  readonly targets: readonly (readonly (readonly number[])[])[];
  readonly cases: readonly {
    readonly beta: number | null;
    readonly nll: number;
    readonly divergence: number;
    readonly gradients: Readonly<Record<string, { rows: number[] | null; values: number[] | number[][] }>>;
    readonly gradientNorms: Readonly<Record<string, number>>;
  }[];
}

const golden = JSON.parse(readFileSync(new URL('../../golden/distill.json', import.meta.url), 'utf8')) as DistillGolden;
const { config } = tinyGolden;
const teacherConfig = { ...config, numHiddenLayers: golden.teacher.numHiddenLayers };
const student = createStudent(config, 'float32');
const teacherSet = {
  teacher: createTeacher(teacherConfig, 'float32'),
  weights: tinyWeights(teacherConfig, golden.teacher.offset),
};
const parameters = tinyWeights();
const tokens = golden.ids.flat().length - golden.prompt * golden.ids.length;
const plain = golden.ids.map((ids) => ({
  promptIds: ids.slice(0, golden.prompt),
  completionIds: ids.slice(golden.prompt),
}));
const sequences = plain.map((sequence, row) => ({
  ...sequence,
  weight: 0.3 / tokens,
  teacher: {
    id: `row ${row}`,
    weight: 0.7 / tokens,
    targets: {
      counts: golden.targets[row]!.map((ids) => ids.length),
      ids: golden.targets[row]!.flat(),
      weights: golden.targets[row]!.flatMap((ids) => ids.map((_, k) => (k + 1) / 15)),
    },
  },
}));

/** Loss and gradients by parameter's name, summed over batches of at most so many tokens. */
function gradientsOf(distillation: Distillation, tokensPerBatch: number) {
  const gradients = zeroGradients(config);
  let [loss, teacherLoss] = [0, 0];
  for (const batch of packSequences(sequences, { tokensPerBatch })) {
    const weights = new Float32Array(paddedTargets(batch));
    batch.places.forEach(({ sequence }, i) => (weights[i] = sequences[sequence]!.weight));
    const parts = addTeacherGradients({
      ...{ student, parameters, gradients, batch, sequences, weights, distillation, temperature: 1 },
      teacher: teacherSet,
    });
    loss += parts.loss.dataSync()[0]!;
    teacherLoss += parts.teacherLoss!.dataSync()[0]!;
  }
  const names = parametersOf(config).map(({ name }) => name);
  const values = new Map(
    leavesOf(gradients).map((leaf, i) => [names[i]!, { shape: leaf.shape, all: variableValues(leaf) }]),
  );
  return { loss, teacherLoss, values };
}

const named = golden.cases.map((each) => [each.beta === null ? 'given targets' : `JSD ${each.beta}`, each] as const);

test.each(named)('loss and gradient agree with torch: %s', (_, { beta, nll, divergence, ...expected }) => {
  const { temperature } = golden;
  const distillation: Distillation =
    beta === null
      ? { kind: 'given', temperature }
      : { kind: 'full', temperature, beta, teacher: { name: 'teacher', version: 0 } };
  for (const tokensPerBatch of [1024, 32]) {
    const { loss, teacherLoss, values } = gradientsOf(distillation, tokensPerBatch);
    expect(teacherLoss).toBeCloseTo(0.7 * divergence, 5);
    expect(loss).toBeCloseTo(0.3 * nll + 0.7 * divergence, 5);
    for (const [name, { rows, values: wanted }] of Object.entries(expected.gradients)) {
      const { shape, all } = values.get(name)!;
      const width = shape[1] ?? 1;
      const ours = rows ? rows.flatMap((row) => [...all.slice(row * width, (row + 1) * width)]) : [...all];
      const flat = wanted.flat();
      const scale = Math.max(...flat.map(Math.abs));
      const worst = Math.max(...flat.map((value, i) => Math.abs(ours[i]! - value) / scale));
      expect(worst, name).toBeLessThan(5e-5);
      expect(Math.abs(Math.hypot(...all) / expected.gradientNorms[name]! - 1), name).toBeLessThan(5e-5);
    }
  }
});

test('draws depend on seed, name and position, not on the packing', async () => {
  const draw = { samples: 16, weighting: 'counts', topK: 0, seed: 3, temperature: 1 } as const;
  const targetsOf = (of: readonly (typeof sequences)[number][], seed = 3) =>
    teacherTargets(
      teacherSet,
      of.map(({ teacher, ...sequence }) => ({ ...sequence, id: teacher.id })),
      { ...draw, seed },
      async () => {},
    );
  const together = await targetsOf(sequences);
  expect(await targetsOf(sequences.toReversed())).toEqual(together.toReversed());
  expect(await targetsOf(sequences.slice(1))).toEqual(together.slice(1));
  expect(await targetsOf(sequences, 4)).not.toEqual(together);
  for (const { counts, ids, weights } of together) {
    expect(ids).toHaveLength(counts.reduce((sum, count) => sum + count));
    expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(counts.length, 5);
    expect(weights.every((weight) => Number.isInteger(weight * 16))).toBe(true);
  }
});

test('targets drawn beforehand train as those drawn in the step', async () => {
  const draw = { samples: 16, weighting: 'renorm', topK: 0, seed: 3 } as const;
  const drawn = await teacherTargets(
    teacherSet,
    sequences.map(({ teacher, ...sequence }) => ({ ...sequence, id: teacher.id })),
    { ...draw, temperature: 2 },
    async () => {},
  );
  const now = gradientsOf({ kind: 'sampled', temperature: 2, draw, teacher: { name: 'teacher', version: 0 } }, 1024);
  sequences.forEach((sequence, i) => Object.assign(sequence.teacher, { targets: drawn[i] }));
  const before = gradientsOf({ kind: 'given', temperature: 2 }, 1024);
  expect(before.loss).toBeCloseTo(now.loss, 5);
  for (const [name, { all }] of now.values) {
    const other = before.values.get(name)!.all;
    // The same numbers summed in another order.
    expect(Math.hypot(...all.map((value, i) => value - other[i]!)), name).toBeLessThan(
      1e-5 * Math.hypot(...all) + 1e-9,
    );
  }
});

test('leaves no tensors behind', () => {
  const step = () => tf.tidy(() => gradientsOf({ kind: 'given', temperature: 1 }, 1024).loss);
  step();
  const before = tf.memory().numTensors;
  step();
  expect(tf.memory().numTensors).toBe(before);
});
