import type { Architecture } from './architecture.ts';
import type { Checkpoint } from './checkpoints/open-checkpoint.ts';
import { readRewardModelInfo, REWARD_MODEL_FILE } from './checkpoints/score-head.ts';
import { openOptimizer } from './checkpoints/optimizer-state.ts';
import type { OptimizerState } from './checkpoints/optimizer-state.ts';
import { writeCheckpoint } from './checkpoints/write-checkpoint.ts';
import type { WrittenCheckpoint } from './checkpoints/write-checkpoint.ts';
import type { RewardModelInfo, SetRef } from './engine-api.ts';
import type { Gemma3Config } from './gemma3/config.ts';
import { leavesOf, makeWeights, parametersOf, weightsOf } from './gemma3/weights.ts';
import type { Gemma3Weights } from './gemma3/weights.ts';
import { readVariable, variableOf, variableValues } from './tensor/variable.ts';
import type { Variable } from './tensor/variable.ts';
import * as tf from './tf.ts';
import { zeroMoments } from './training/adamw.ts';
import type { Moments } from './training/adamw.ts';
import { SetHistory } from './versions.ts';
import { WeightSet } from './weight-set.ts';

export interface LoadOptions {
  readonly set: SetRef;
  readonly fence: number;
  readonly trainable: boolean;
  readonly origin: string;
}

/** Reads a checkpoint's weights, and the moments of a trainable set where the checkpoint has them. */
export async function loadWeightSet(
  checkpoint: Checkpoint,
  architecture: Architecture,
  { set, fence, trainable, origin }: LoadOptions,
  onTensor: (done: number, total: number) => Promise<void>,
): Promise<WeightSet> {
  const { config } = architecture;
  const optimizer = trainable ? await openOptimizer(checkpoint.path) : null;
  return new WeightSet({
    architecture,
    weights: await readTree(config, (name) => checkpoint.tensors.read(name), onTensor),
    moments: optimizer ? await readMoments(config, optimizer) : trainable ? zeroMoments(config) : undefined,
    optimizerSteps: optimizer?.step ?? 0,
    history: new SetHistory(set, fence, origin),
    source: checkpoint.path,
    rewardModel: config.scoreHead && (await readRewardModelInfo(checkpoint.path)),
    tokenizer: () => checkpoint.tokenizer(),
  });
}

async function readMoments(config: Gemma3Config, optimizer: OptimizerState): Promise<Moments> {
  return {
    mean: await readTree(config, (name) => optimizer.firstMoment(name)),
    variance: await readTree(config, (name) => optimizer.secondMoment(name)),
  };
}

async function readTree(
  config: Gemma3Config,
  read: (name: string) => Promise<Float32Array>,
  onTensor: (done: number, total: number) => Promise<void> = async () => {},
): Promise<Gemma3Weights<Variable>> {
  const parameters = parametersOf(config);
  const variables = new Map<string, Variable>();
  for (const [index, { name, shape }] of parameters.entries()) {
    const values = await read(name);
    variables.set(
      name,
      variableOf(() => tf.tensor(values, [...shape])),
    );
    await onTensor(index + 1, parameters.length);
  }
  return makeWeights(config, ({ name }) => variables.get(name)!);
}

/**
 * Writes a set as a checkpoint folder.
 *
 * @throws RangeError if the moments are asked for and the set has none, or if something else lies at `folder`.
 */
export async function saveWeightSet(
  set: WeightSet,
  folder: string,
  {
    withOptimizer,
    rewardModel,
  }: { readonly withOptimizer: boolean; readonly rewardModel?: RewardModelInfo | undefined },
): Promise<WrittenCheckpoint> {
  const { architecture, moments, optimizerSteps, history } = set;
  if (withOptimizer && !moments) {
    throw new RangeError(`save: set ${history.name} is not trainable, so it has no moments; leave withOptimizer off`);
  }
  if (rewardModel && !set.weights.score) {
    throw new RangeError(
      `save: ${history.name} is a language model, so nothing of a reward model can be noted with it`,
    );
  }
  const info = rewardModel ?? set.rewardModel;
  const parameters = parametersOf(architecture.config);
  const readers = (tree: Gemma3Weights<Variable>) => leavesOf(tree).map((variable) => () => variableValues(variable));
  const weights = readers(set.weights);
  const state = moments && { mean: readers(moments.mean), variance: readers(moments.variance) };
  return writeCheckpoint(folder, {
    config: architecture.config,
    tokenizer: await set.tokenizer(),
    ...(info && { extraFiles: { [REWARD_MODEL_FILE]: `${JSON.stringify(info, null, 2)}\n` } }),
    tensors: parameters.map(({ name, shape }, i) => ({ name, shape, read: weights[i]! })),
    ...(withOptimizer &&
      state && {
        optimizer: {
          step: optimizerSteps,
          moments: parameters.map(({ name, shape }, i) => ({
            name,
            shape,
            firstMoment: state.mean[i]!,
            secondMoment: state.variance[i]!,
          })),
        },
      }),
  });
}

/** A set with the same weights, without moments. */
export function copyOf(
  original: WeightSet,
  to: SetRef,
  fence: number,
  origin: string,
  rewardModel?: RewardModelInfo,
): WeightSet {
  const copies = leavesOf(original.weights).map((variable) => variableOf(() => readVariable(variable)));
  return new WeightSet({
    architecture: original.architecture,
    weights: weightsOf(original.weights, copies),
    history: new SetHistory(to, fence, origin),
    source: origin,
    tokenizer: original.tokenizer,
    rewardModel,
  });
}
