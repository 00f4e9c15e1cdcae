import type { Distillation, SparseTargets, TeacherDraw, TeacherSequence } from '../api/distillation.ts';
import type { Precision } from '../api/precision.ts';
import type { WeightedSequence } from '../api/training.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { denseTeacherLoss, drawTargets, sparseTeacherLoss } from '../gemma3/teacher-head.ts';
import type { SparseTensors, TeacherLossInputs, TeacherTemperatures } from '../gemma3/teacher-head.ts';
import type { Gemma3Weights, Trainable } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor2D } from '../tf.ts';
import { uniforms } from '../../sdk/random.ts';
import { paddedTargets, statesOf, toTensors } from './batch.ts';
import type { BatchTensors } from './batch.ts';
import { addGradientsOf } from './gradients.ts';
import type { LossParts } from './gradients.ts';
import { packSequences } from './pack.ts';
import type { PackedBatch } from './pack.ts';

type Weights = Gemma3Weights<Variable>;
/** A draw without its seed: what a trace depends on. */
type DrawShape = Omit<TeacherDraw, 'seed' | 'samples'> & { readonly temperature: number };

/** Tokens of a batch in making targets: no gradients are kept. */
const TOKENS_PER_BATCH = 2048;

/** The compiled functions of an architecture as a teacher: of its own hidden states, whoever learns from them. */
export function createTeacher(config: Gemma3Config, precision: Precision) {
  const head = (weights: Weights) => readVariable(weights.embedTokens) as Tensor2D;
  return {
    /** [M, D] */
    states: compile(
      'teacher_states',
      (weights: Weights, batch: BatchTensors): Tensor2D => statesOf(weights, batch, config),
      { precision },
    ),
    targets: compile(
      'teacher_targets',
      (weights: Weights, batch: BatchTensors, uniforms: Tensor2D, options: DrawShape): SparseTensors =>
        drawTargets(statesOf(weights, batch, config), head(weights), uniforms, options),
      { precision },
    ),
  };
}
export type Teacher = ReturnType<typeof createTeacher>;

/** The compiled gradient functions of an architecture as a student. Both add to `gradients`, as `compileGradients` does. */
export function createStudent(config: Gemma3Config, precision: Precision) {
  return {
    sparse: compile(
      'add_sparse_gradients',
      (
        ...[parameters, gradients, batch, inputs, drawn, temperatures]: [
          ...[Weights, Trainable<Variable>, BatchTensors],
          ...[TeacherLossInputs, SparseTensors, TeacherTemperatures],
        ]
      ): LossParts =>
        addGradientsOf(parameters, gradients, batch, config, (states, head, onHeadGradient) =>
          sparseTeacherLoss(states, head, inputs, drawn, temperatures, onHeadGradient),
        ),
      { precision },
    ),
    dense: compile(
      'add_dense_gradients',
      (
        ...[parameters, gradients, batch, inputs, teacher, temperatures]: [
          ...[Weights, Trainable<Variable>, BatchTensors],
          ...[TeacherLossInputs, { h: Tensor2D; embedTokens: Variable; beta: number }, TeacherTemperatures],
        ]
      ): LossParts =>
        addGradientsOf(parameters, gradients, batch, config, (states, head, onHeadGradient) => {
          const embedTokens = readVariable(teacher.embedTokens) as Tensor2D;
          return denseTeacherLoss(states, head, inputs, { ...teacher, embedTokens }, temperatures, onHeadGradient);
        }),
      { precision },
    ),
  };
}
export type Student = ReturnType<typeof createStudent>;

/** A model that teaches: its functions and its weights. */
export interface TeacherSet {
  readonly teacher: Teacher;
  readonly weights: Weights;
}

/**
 * Draws the targets of whole sequences, for a cache.
 *
 * @returns For each sequence the tokens drawn at each of its completion's positions, each once.
 */
export async function teacherTargets(
  { teacher, weights }: TeacherSet,
  sequences: readonly TeacherSequence[],
  draw: TeacherDraw & { readonly temperature: number },
  onBatch: (done: number, total: number) => Promise<void>,
): Promise<readonly SparseTargets[]> {
  const found = sequences.map(({ completionIds }) =>
    completionIds.map((): { ids: number[]; weights: number[] } => ({ ids: [], weights: [] })),
  );
  const batches = packSequences(sequences, { tokensPerBatch: TOKENS_PER_BATCH });
  for (const [index, batch] of batches.entries()) {
    tf.tidy(() => {
      const drawn = draws({ teacher, weights }, batch, toTensors(batch), sequences, draw);
      const [ids, shares] = [drawn.ids.dataSync(), drawn.weights.dataSync()];
      batch.places.forEach(({ sequence, token }, i) => {
        const at = found[sequence]![token]!;
        for (let k = i * draw.samples; k < (i + 1) * draw.samples; k++) {
          if (shares[k] === 0) continue;
          at.ids.push(ids[k]!);
          at.weights.push(shares[k]!);
        }
      });
    });
    await onBatch(index + 1, batches.length);
  }
  return found.map((tokens) => ({
    counts: tokens.map(({ ids }) => ids.length),
    ids: tokens.flatMap(({ ids }) => ids),
    weights: tokens.flatMap(({ weights }) => weights),
  }));
}

/** The draws of a packed batch. Which tokens come out is decided by seed, sequence and position, not by the packing. */
function draws(
  { teacher, weights }: TeacherSet,
  batch: PackedBatch,
  tensors: BatchTensors,
  sequences: readonly { readonly id: string }[],
  { samples, seed, ...shape }: TeacherDraw & { readonly temperature: number },
): SparseTensors {
  const numbers = new Float32Array(paddedTargets(batch) * samples);
  batch.places.forEach(({ sequence, token }, i) =>
    numbers.set(uniforms(samples, seed, 'teacher', sequences[sequence]!.id, token), i * samples),
  );
  return teacher.targets(weights, tensors, tf.tensor2d(numbers, [paddedTargets(batch), samples]), shape);
}

/** The targets that sequences bring along, as tensors of few shapes. */
function given(batch: PackedBatch, sequences: readonly WeightedSequence[]): SparseTensors {
  const targets = sequences.map(({ teacher }) => teacher?.targets);
  const starts = targets.map((each) => runningSums(each?.counts ?? []));
  const most = batch.places.reduce(
    (max, { sequence, token }) => Math.max(max, targets[sequence]?.counts[token] ?? 0),
    1,
  );
  const K = Math.max(16, 2 ** Math.ceil(Math.log2(most)));
  const rows = paddedTargets(batch);
  const [ids, weights] = [new Int32Array(rows * K), new Float32Array(rows * K)];
  batch.places.forEach(({ sequence, token }, i) => {
    const of = targets[sequence];
    if (!of) return;
    const [from, to] = [starts[sequence]![token]!, starts[sequence]![token + 1]!];
    ids.set(of.ids.slice(from, to), i * K);
    weights.set(of.weights.slice(from, to), i * K);
  });
  return { ids: tf.tensor2d(ids, [rows, K], 'int32'), weights: tf.tensor2d(weights, [rows, K]) };
}

function runningSums(counts: readonly number[]): number[] {
  const sums = [0];
  for (const count of counts) sums.push(sums.at(-1)! + count);
  return sums;
}

/** What one packed batch of a distillation step needs. */
export interface TeacherBatch {
  readonly student: Student;
  readonly parameters: Weights;
  readonly gradients: Trainable<Variable>;
  readonly batch: PackedBatch;
  readonly sequences: readonly WeightedSequence[];
  /** w of each target. [M] */
  readonly weights: Float32Array<ArrayBuffer>;
  readonly distillation: Distillation;
  /** Of −w · log π. */
  readonly temperature: number;
  /** For `sampled` and `full`. */
  readonly teacher: TeacherSet | undefined;
}

/** Adds the gradient of one packed batch of a distillation step. */
export function addTeacherGradients(step: TeacherBatch): LossParts {
  const { student, parameters, gradients, batch, sequences, distillation } = step;
  const tensors = toTensors(batch);
  const teacherWeights = new Float32Array(paddedTargets(batch));
  batch.places.forEach(({ sequence }, i) => (teacherWeights[i] = sequences[sequence]!.teacher?.weight ?? 0));
  const [weights, teacherWeight] = [tf.tensor1d(step.weights), tf.tensor1d(teacherWeights)];
  const inputs: TeacherLossInputs = { targets: tensors.targets, weights, teacherWeights: teacherWeight };
  const temperatures = { nll: step.temperature, teacher: distillation.temperature };
  if (distillation.kind === 'full') {
    const { teacher, weights: frozen } = step.teacher!;
    const dense = { h: teacher.states(frozen, tensors), embedTokens: frozen.embedTokens, beta: distillation.beta };
    return student.dense(parameters, gradients, tensors, inputs, dense, temperatures);
  }
  const drawn = distillation.kind === 'given' ? given(batch, sequences) : drawnNow(step, tensors, distillation);
  return student.sparse(parameters, gradients, tensors, inputs, drawn, temperatures);
}

function drawnNow(
  { batch, sequences, teacher }: TeacherBatch,
  tensors: BatchTensors,
  { draw, temperature }: Distillation & { kind: 'sampled' },
): SparseTensors {
  const named = sequences.map((sequence) => ({ id: sequence.teacher?.id ?? '' }));
  return draws(teacher!, batch, tensors, named, { ...draw, temperature });
}
