import type { Precision } from '../engine-api.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { embed } from '../gemma3/decoder.ts';
import { weightedNll } from '../gemma3/head.ts';
import type { HeadLoss } from '../gemma3/head.ts';
import { leavesOf, readWeights, weightsOf } from '../gemma3/weights.ts';
import type { ForwardWeights, Gemma3Weights } from '../gemma3/weights.ts';
import { compile } from '../tensor/compile.ts';
import { addToVariable, readVariable, scatterAddToVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '../tf.ts';
import { predictingStates } from './batch.ts';
import type { BatchTensors } from './batch.ts';

/** What the output head says of a batch, but for the gradient. */
export type LossParts = Omit<HeadLoss, 'hiddenGradient'>;

/**
 * The loss at the output head: of hidden states [M, D] and the table [V, D]. `onHeadGradient` receives the gradient with
 * respect to the table, in pieces to be added up.
 */
export type HeadLossOf = (states: Tensor2D, head: Tensor2D, onHeadGradient: (piece: Tensor2D) => void) => HeadLoss;

/**
 * Adds the gradient of Σ weights · −log p(target) with respect to every parameter to `gradients`.
 *
 * @param weights Of the targets; 0 for padding. [M]
 */
export function addGradients(
  parameters: Gemma3Weights<Variable>,
  gradients: Gemma3Weights<Variable>,
  batch: BatchTensors,
  weights: Tensor1D,
  temperature: number,
  config: Gemma3Config,
): LossParts {
  return addGradientsOf(parameters, gradients, batch, config, (states, head, onHeadGradient) =>
    weightedNll(states, head, batch.targets, weights, temperature, onHeadGradient),
  );
}

/**
 * Adds the gradient of a loss at the output head with respect to every parameter to `gradients`.
 *
 * The embedding table takes part twice, as input and as output head. Its gradient, as large as the table, goes straight
 * into its variable and is never held beside it.
 */
export function addGradientsOf(
  parameters: Gemma3Weights<Variable>,
  gradients: Gemma3Weights<Variable>,
  batch: BatchTensors,
  config: Gemma3Config,
  headLoss: HeadLossOf,
): LossParts {
  return tf.tidy(() => {
    const { embedTokens, ...trunk } = readWeights(parameters);
    const leaves = trunkLeaves(trunk);
    let parts: LossParts | undefined;

    const lossOf = (x: Tensor, ...leaves: Tensor[]): Tensor => {
      const states = predictingStates(trunkOf(parameters, leaves), x as Tensor3D, batch, config);
      return tf.customGrad((...args) => {
        const [states, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
        const head = readVariable(embedTokens) as Tensor2D;
        const result = headLoss(states, head, (piece) => addToVariable(gradients.embedTokens, piece));
        const { hiddenGradient, ...rest } = result;
        Object.values(rest).forEach((tensor) => tf.keep(tensor)); // past the scopes of the gradient; released below
        parts = rest;
        save([hiddenGradient]);
        return { value: result.loss, gradFunc: (_dy: Tensor, saved: Tensor[]) => saved[0]! };
      })(states);
    };

    const x = embed(embedTokens, batch.ids);
    const [xGradient, ...leafGradients] = tf.grads(lossOf)([x, ...leaves]);
    addTrunkGradients(gradients, batch.ids, xGradient!, leafGradients);
    return released(parts!);
  });
}

function released(kept: LossParts): LossParts {
  const { loss, logProbs, teacherLoss } = kept;
  const parts = { loss: tf.clone(loss), logProbs: tf.clone(logProbs) };
  const all = teacherLoss ? { ...parts, teacherLoss: tf.clone(teacherLoss) } : parts;
  tf.dispose(Object.values(kept));
  return all;
}

/** Adds what came out at the embedded tokens, [B, T, D], and at the {@link trunkLeaves}. */
export function addTrunkGradients(
  gradients: Gemma3Weights<Variable>,
  ids: Tensor2D,
  xGradient: Tensor,
  leafGradients: readonly Tensor[],
): void {
  const D = gradients.embedTokens.shape[1]!;
  const rows = tf.reshape(tf.mul(xGradient, Math.fround(Math.sqrt(D))), [-1, D]); // as `embed` scales
  scatterAddToVariable(gradients.embedTokens, tf.reshape(ids, [-1]), rows);
  trunkLeaves(gradients).forEach((gradient, i) => addToVariable(gradient, leafGradients[i]!));
}

/** {@link addGradients} as one TensorFlow function for each shape of batch. */
export function compileGradients(config: Gemma3Config, precision: Precision) {
  return compile(
    'add_gradients',
    (
      parameters: Gemma3Weights<Variable>,
      gradients: Gemma3Weights<Variable>,
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
export function trunkOf(like: Gemma3Weights<unknown>, leaves: readonly Tensor[]): Omit<ForwardWeights, 'embedTokens'> {
  const { layers, norm } = weightsOf<Tensor | null>(like, [null, ...leaves]) as Gemma3Weights<Tensor>;
  return { layers, norm: norm as Tensor1D };
}
