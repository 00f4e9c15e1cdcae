import type { Architecture } from './architecture.ts';
import { openAdapter, writeAdapter } from './checkpoints/adapter-files.ts';
import type { Checkpoint } from './checkpoints/open-checkpoint.ts';
import { readRewardModelInfo, REWARD_MODEL_FILE } from './checkpoints/score-head.ts';
import { openOptimizer } from './checkpoints/optimizer-state.ts';
import type { OptimizerState, OptimizerToWrite } from './checkpoints/optimizer-state.ts';
import { writeCheckpoint } from './checkpoints/write-checkpoint.ts';
import type { WrittenCheckpoint } from './checkpoints/write-checkpoint.ts';
import type { LoraOptions } from './api/lora.ts';
import type { RewardModelInfo, SaveRequest, SetRef } from './api/sets.ts';
import { adaptedWeights, adapterParameters, makeAdapter, mergedMatrix } from './gemma3/adapter.ts';
import type { Gemma3Config } from './gemma3/config.ts';
import { leavesOf, makeWeights, mapTrainable, parametersOf } from './gemma3/weights.ts';
import type { Parameter, Trainable } from './gemma3/weights.ts';
import type { TensorToWrite } from './loaders/write-safetensors.ts';
import { readVariable, variableOf, variableValues } from './tensor/variable.ts';
import type { Variable } from './tensor/variable.ts';
import * as tf from './tf.ts';
import { zeroMoments } from './training/adamw.ts';
import type { Moments } from './training/adamw.ts';
import { uniforms } from '../sdk/random.ts';
import { SetHistory } from './versions.ts';
import { WeightSet } from './weight-set.ts';

export interface LoadOptions {
  readonly set: SetRef;
  readonly fence: number;
  readonly trainable: boolean;
  readonly origin: string;
}

type Read = (name: string) => Promise<Float32Array>;
/** Says how many tensors are read, and of how many. */
export type OnTensor = (done: number, total: number) => Promise<void>;

/** Reads a checkpoint's weights, and the moments of a trainable set where the checkpoint has them. */
export async function loadWeightSet(
  checkpoint: Checkpoint,
  architecture: Architecture,
  { set, fence, trainable, origin }: LoadOptions,
  onTensor: OnTensor,
): Promise<WeightSet> {
  const { config } = architecture;
  const parameters = parametersOf(config);
  const values = await readVariables(parameters, (name) => checkpoint.tensors.read(name), onTensor);
  const weights = makeWeights(config, ({ name }) => values.get(name)!);
  return new WeightSet({
    ...{ architecture, weights },
    ...(trainable && (await momentsOf(weights, parameters, await openOptimizer(checkpoint.path)))),
    history: new SetHistory(set, fence, origin),
    source: checkpoint.path,
    rewardModel: config.scoreHead && (await readRewardModelInfo(checkpoint.path)),
    tokenizer: () => checkpoint.tokenizer(),
  });
}

/**
 * An adapter on a set: one that was saved, with its moments where it is trainable and has them, or a new one.
 *
 * @param from The folder of a saved one, or what a new one is to be.
 */
export async function loadAdapterSet(
  base: WeightSet,
  from: string | LoraOptions,
  { set, fence, trainable, origin }: LoadOptions,
  onTensor: OnTensor,
): Promise<WeightSet> {
  const { architecture, tokenizer, history } = base;
  const { config } = architecture;
  const saved = typeof from === 'string';
  const { shape, tensors } = saved
    ? await openAdapter(from, config)
    : { shape: from, tensors: newTensors(config, from) };
  const parameters = adapterParameters(config, shape);
  const values = await readVariables(parameters, (name) => tensors.read(name), onTensor);
  const adapter = makeAdapter(config, shape, ({ name }) => values.get(name)!);
  return new WeightSet({
    ...{ architecture, tokenizer, weights: { ...base.weights, adapter } },
    ...(trainable && (await momentsOf(adapter, parameters, saved ? await openOptimizer(from) : null))),
    base: { set: base, version: history.version, shape },
    history: new SetHistory(set, fence, origin),
    source: saved ? from : origin,
  });
}

/** B zero, and A uniform in ±1/√in: Kaiming's initialization with a = √5, which is peft's. */
function newTensors(config: Gemma3Config, { seed, ...shape }: LoraOptions): { read: Read } {
  const shapes = new Map(adapterParameters(config, shape).map(({ name, shape }) => [name, shape]));
  return {
    async read(name) {
      const [rows, width] = shapes.get(name) as [number, number];
      if (name.includes('.lora_B.')) return new Float32Array(rows * width);
      const bound = 1 / Math.sqrt(width);
      return uniforms(rows * width, seed, 'lora', name).map((u) => (2 * u - 1) * bound);
    },
  };
}

async function momentsOf(
  own: Trainable<Variable>,
  parameters: readonly Parameter[],
  optimizer: OptimizerState | null,
): Promise<{ readonly moments: Moments; readonly optimizerSteps: number }> {
  if (!optimizer) return { moments: zeroMoments(own), optimizerSteps: 0 };
  const read = async (moment: Read) => {
    const values = [...(await readVariables(parameters, moment)).values()];
    let at = 0;
    return mapTrainable(own, () => values[at++]!);
  };
  const mean = await read((name) => optimizer.firstMoment(name));
  const variance = await read((name) => optimizer.secondMoment(name));
  return { moments: { mean, variance }, optimizerSteps: optimizer.step };
}

/** A variable for each parameter, in their order. */
async function readVariables(
  parameters: readonly Parameter[],
  read: Read,
  onTensor: OnTensor = async () => {},
): Promise<Map<string, Variable>> {
  const variables = new Map<string, Variable>();
  for (const [index, { name, shape }] of parameters.entries()) {
    const values = await read(name);
    variables.set(
      name,
      variableOf(() => tf.tensor(values, [...shape])),
    );
    await onTensor(index + 1, parameters.length);
  }
  return variables;
}

/**
 * Writes a set as a checkpoint folder; an adapter as a folder of peft's, or merged into its base.
 *
 * @throws RangeError if the moments are asked for and what is written has none, or if something else lies at `folder`.
 */
export async function saveWeightSet(
  set: WeightSet,
  folder: string,
  { withOptimizer, rewardModel, merged = false }: SaveOptions,
): Promise<WrittenCheckpoint> {
  const { base, history } = set;
  if (withOptimizer && !set.moments) {
    throw new RangeError(`save: set ${history.name} is not trainable, so it has no moments; leave withOptimizer off`);
  }
  if (withOptimizer && merged) {
    throw new RangeError(`save: the moments of ${history.name} are its adapter's; leave withOptimizer off, or merged`);
  }
  if (merged && !base) throw new RangeError(`save: ${history.name} is no adapter, so there is nothing to merge`);
  if (rewardModel && !set.weights.score) {
    throw new RangeError(
      `save: ${history.name} is a language model, so nothing of a reward model can be noted with it`,
    );
  }
  const optimizer = withOptimizer && { optimizer: momentsToWrite(set, set.moments!) };
  if (base && !merged) {
    const tensors = tensorsToWrite(set.namedVariables());
    return writeAdapter(folder, { shape: base.shape, base: base.set.source, tensors, ...optimizer });
  }
  const info = rewardModel ?? set.rewardModel;
  return writeCheckpoint(folder, {
    config: set.architecture.config,
    tokenizer: await set.tokenizer(),
    ...(info && { extraFiles: { [REWARD_MODEL_FILE]: `${JSON.stringify(info, null, 2)}\n` } }),
    tensors: base ? mergedTensors(set, base.set) : tensorsToWrite(set.namedVariables()),
    ...optimizer,
  });
}

type SaveOptions = Pick<SaveRequest, 'withOptimizer' | 'rewardModel' | 'merged'>;

const tensorsToWrite = (variables: ReadonlyMap<string, Variable>): TensorToWrite[] =>
  [...variables].map(([name, variable]) => ({ name, shape: variable.shape, read: () => variableValues(variable) }));

function momentsToWrite(set: WeightSet, { mean, variance }: Moments): OptimizerToWrite {
  const [means, variances] = [leavesOf(mean), leavesOf(variance)];
  const moments = [...set.namedVariables()].map(([name, { shape }], i) => ({
    ...{ name, shape },
    firstMoment: () => variableValues(means[i]!),
    secondMoment: () => variableValues(variances[i]!),
  }));
  return { step: set.optimizerSteps, moments };
}

/** The weights of a base with an adapter in them, one at a time in float32. */
function mergedTensors({ weights: { adapter } }: WeightSet, base: WeightSet): TensorToWrite[] {
  const adapted = adaptedWeights(adapter!);
  return [...base.namedVariables()].map(([name, variable]) => {
    const pair = adapted.get(name);
    const read = () => {
      if (!pair) return variableValues(variable);
      // Not in a tidy: that looks for tensors in what is returned, one number after the other.
      const merged = tf.tidy(() => {
        const [a, b] = [readVariable(pair.a), readVariable(pair.b)];
        return mergedMatrix(readVariable(variable), { a, b }, adapter!.scale);
      });
      const values = merged.dataSync() as Float32Array;
      merged.dispose();
      return values;
    };
    return { name, shape: variable.shape, read };
  });
}

/** A set with the same weights, without moments. Of an adapter, with the same base. */
export function copyOf(
  original: WeightSet,
  to: SetRef,
  fence: number,
  origin: string,
  rewardModel?: RewardModelInfo,
): WeightSet {
  const { architecture, weights, base, tokenizer } = original;
  const copied = mapTrainable(original.own, (variable) => variableOf(() => readVariable(variable)));
  return new WeightSet({
    ...{ architecture, base, tokenizer, rewardModel },
    weights: 'scale' in copied ? { ...weights, adapter: copied } : copied,
    history: new SetHistory(to, fence, origin),
    source: origin,
  });
}
