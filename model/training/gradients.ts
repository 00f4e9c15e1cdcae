import type { Precision } from '../api/precision.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { embed } from '../gemma3/decoder.ts';
import { weightedNll } from '../gemma3/head.ts';
import type { HeadLoss } from '../gemma3/head.ts';
import { adapterLeaves, adapterOf, adaptLayers } from '../gemma3/adapter.ts';
import type { Adapter } from '../gemma3/adapter.ts';
import { leavesOf, readPlainWeights, weightsOf } from '../gemma3/weights.ts';
import type { ForwardWeights, Gemma3Weights, PlainWeights, Trainable } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { addAtRows } from '../tensor/raw-ops.ts';
import { addToVariable, readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '../tf.ts';
import { predictingStates } from './batch.ts';
import type { BatchTensors } from './batch.ts';

/** What the output head says of a batch, but for the gradient. */
export type LossParts = Omit<HeadLoss, 'hiddenGradient'>;

/**
 * The loss at the output head: of hidden states [M, D] and the table [V, D]. `onHeadGradient` receives the gradient with
 * respect to the table, in pieces to be added up; there is none where the table is not trained.
 */
export type HeadLossOf = (states: Tensor2D, head: Tensor2D, onHeadGradient?: (piece: Tensor2D) => void) => HeadLoss;

/**
 * Adds the gradient of Σ weights · −log p(target) to `gradients`: with respect to every parameter, or to an adapter's.
 *
 * @param weights Of the targets; 0 for padding. [M]
 */
export function addGradients(
  parameters: Gemma3Weights<Variable>,
  gradients: Trainable<Variable>,
  batch: BatchTensors,
  weights: Tensor1D,
  temperature: number,
  config: Gemma3Config,
): LossParts {
  return addGradientsOf(parameters, gradients, batch, config, (states, head, onHeadGradient) =>
    weightedNll(states, head, batch.targets, weights, temperature, onHeadGradient),
  );
}

/** What a gradient is taken with respect to: everything, or an adapter alone. */
interface Trained {
  readonly inputs: readonly Tensor[];
  /** Embedded tokens [B, T, D] and the layers, of tensors in place of the inputs. */
  forwardOf(inputs: readonly Tensor[]): { readonly x: Tensor; readonly trunk: Trunk };
  /** Adds the gradients of the inputs to where they belong. */
  add(inputGradients: readonly Tensor[]): void;
  readonly onHeadGradient?: (piece: Tensor2D) => void;
}
type Trunk = Omit<ForwardWeights, 'embedTokens'>;

/**
 * Adds the gradient of a loss at the output head to `gradients`: with respect to every parameter, or, where `gradients`
 * are those of an adapter, to it alone.
 */
export function addGradientsOf(
  parameters: Gemma3Weights<Variable>,
  gradients: Trainable<Variable>,
  batch: BatchTensors,
  config: Gemma3Config,
  headLoss: HeadLossOf,
): LossParts {
  return tf.tidy(() => {
    const trained =
      'scale' in gradients
        ? adapterAlone(parameters, gradients, batch.ids)
        : wholeModel(parameters, gradients, batch.ids);
    let parts: LossParts | undefined;

    const lossOf = (...inputs: Tensor[]): Tensor => {
      const { x, trunk } = trained.forwardOf(inputs);
      const states = predictingStates(trunk, x as Tensor3D, batch, config);
      return tf.customGrad((...args) => {
        const [states, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
        const head = readVariable(parameters.embedTokens) as Tensor2D;
        const result = headLoss(states, head, trained.onHeadGradient);
        const { hiddenGradient, ...rest } = result;
        Object.values(rest).forEach((tensor) => tf.keep(tensor)); // past the scopes of the gradient; released below
        parts = rest;
        save([hiddenGradient]);
        return { value: result.loss, gradFunc: (_dy: Tensor, saved: Tensor[]) => saved[0]! };
      })(states);
    };

    trained.add(tf.grads(lossOf)([...trained.inputs]));
    return released(parts!);
  });
}

/**
 * The embedding table takes part twice, as input and as output head. The head's gradient, as large as the table, waits for
 * the rows of the input to be added into it, so that its variable is met by no sparse op: TensorFlow would copy it whenever
 * it is read from then on.
 */
function wholeModel(parameters: Gemma3Weights<Variable>, gradients: Gemma3Weights<Variable>, ids: Tensor2D): Trained {
  const { embedTokens, ...trunk } = readPlainWeights(parameters);
  let headGradient: Tensor2D | undefined;
  return {
    inputs: [embed(embedTokens, ids), ...trunkLeaves(trunk)],
    forwardOf: ([x, ...leaves]) => ({ x: x!, trunk: trunkOf(parameters, leaves) }),
    add: ([xGradient, ...leafGradients]) => {
      const { indices, rows } = embeddingGradient(ids, xGradient!);
      addToVariable(gradients.embedTokens, addAtRows(headGradient!, indices, rows));
      headGradient!.dispose();
      addTrunkGradients(gradients, leafGradients);
    },
    onHeadGradient: (piece) => {
      if (headGradient) {
        addToVariable(gradients.embedTokens, headGradient);
        headGradient.dispose();
      }
      headGradient = tf.keep(piece); // past the scope of its chunk
    },
  };
}

/** Of the weights beneath the adapter no gradient is computed, nor any of the embedding table. */
function adapterAlone(parameters: Gemma3Weights<Variable>, gradients: Adapter<Variable>, ids: Tensor2D): Trained {
  const { embedTokens, layers, norm } = readPlainWeights(parameters);
  const slots = adapterLeaves(gradients);
  const x = embed(embedTokens, ids);
  return {
    inputs: adapterLeaves(parameters.adapter!).map(readVariable),
    forwardOf: (leaves) => ({ x, trunk: { layers: adaptLayers(layers, adapterOf(gradients, leaves)), norm } }),
    add: (leafGradients) => slots.forEach((slot, i) => addToVariable(slot, leafGradients[i]!)),
  };
}

function released(kept: LossParts): LossParts {
  const { loss, logProbs, teacherLoss } = kept;
  const parts = { loss: tf.clone(loss), logProbs: tf.clone(logProbs) };
  const all = teacherLoss ? { ...parts, teacherLoss: tf.clone(teacherLoss) } : parts;
  tf.dispose(Object.values(kept));
  return all;
}

/**
 * The gradient of the embedding table through its rows for `ids` [B, T]: what is to be added to them.
 *
 * @param xGradient At the embedded tokens. [B, T, D]
 */
export function embeddingGradient(ids: Tensor2D, xGradient: Tensor): { indices: Tensor1D; rows: Tensor2D } {
  const D = xGradient.shape[2]!;
  const rows: Tensor2D = tf.reshape(tf.mul(xGradient, Math.fround(Math.sqrt(D))), [-1, D]); // as `embed` scales
  return { indices: tf.reshape(ids, [-1]), rows };
}

/** Adds what came out at the {@link trunkLeaves}. */
export function addTrunkGradients(gradients: Gemma3Weights<Variable>, leafGradients: readonly Tensor[]): void {
  trunkLeaves(gradients).forEach((gradient, i) => addToVariable(gradient, leafGradients[i]!));
}

/** {@link addGradients} as one TensorFlow function for each shape of batch. */
export function compileGradients(config: Gemma3Config, precision: Precision) {
  return compile(
    'add_gradients',
    (
      parameters: Gemma3Weights<Variable>,
      gradients: Trainable<Variable>,
      batch: BatchTensors,
      weights: Tensor1D,
      temperature: number,
    ) => addGradients(parameters, gradients, batch, weights, temperature, config),
    { precision },
  );
}

/** Every value of a tree but those of the embedding table and of a reward model's head. */
export function trunkLeaves<T>({ layers, norm }: Pick<Gemma3Weights<T>, 'layers' | 'norm'>): T[] {
  return leavesOf<T | null>({ embedTokens: null, layers, norm }).slice(1) as T[];
}

/** The inverse of {@link trunkLeaves}, in the shape of `like`. */
export function trunkOf(like: Gemma3Weights<unknown>, leaves: readonly Tensor[]): Omit<PlainWeights, 'embedTokens'> {
  const { layers, norm } = weightsOf<Tensor | null>(like, [null, ...leaves]) as Gemma3Weights<Tensor>;
  return { layers, norm: norm as Tensor1D };
}
