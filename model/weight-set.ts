import type { Architecture } from './architecture.ts';
import { VersionLostError } from './api/errors.ts';
import type { LoraShape } from './api/lora.ts';
import type { RewardModelInfo, SetInfo } from './api/sets.ts';
import { adapterParameters } from './gemma3/adapter.ts';
import { leavesOf, makeWeights, mapTrainable, parametersOf } from './gemma3/weights.ts';
import type { Gemma3Weights, Trainable } from './gemma3/weights.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';
import { assignVariable, createVariable, disposeVariable, readVariable, zeroVariable } from './tensor/variable.ts';
import type { Variable } from './tensor/variable.ts';
import * as tf from './tf.ts';
import type { Moments } from './training/adamw.ts';
import { PairFeatures } from './training/probe.ts';
import type { SetHistory } from './versions.ts';

/** What an adapter is put on: a set that lends its weights, as they were at a version. */
export interface AdapterBase {
  readonly set: WeightSet;
  readonly version: number;
  readonly shape: LoraShape;
}

export interface WeightSetParts {
  readonly architecture: Architecture;
  /** Of an adapter: its base's, with the adapter. */
  readonly weights: Gemma3Weights<Variable>;
  /** Of an adapter. */
  readonly base?: AdapterBase | undefined;
  readonly moments?: Moments | undefined;
  readonly optimizerSteps?: number;
  readonly history: SetHistory<unknown>;
  readonly source: string;
  readonly tokenizer: () => Promise<Tokenizer>;
  readonly rewardModel?: RewardModelInfo | undefined;
}

/**
 * A named model on the device: float32 weights, moments if it is trained, and a bfloat16 copy while it samples. Or an
 * adapter: a few matrices of its own on the weights of another set, which any number of adapters share.
 */
export class WeightSet {
  readonly architecture: Architecture;
  /** What the forward pass works on. */
  readonly weights: Gemma3Weights<Variable>;
  readonly base: AdapterBase | undefined;
  readonly moments: Moments | undefined;
  readonly history: SetHistory<unknown>;
  readonly source: string;
  readonly tokenizer: () => Promise<Tokenizer>;
  /** Of a reward model, where it is known. */
  readonly rewardModel: RewardModelInfo | undefined;
  /** Of a reward model whose head alone is trained. */
  readonly pairFeatures = new PairFeatures();
  /** Optimizer steps behind the moments. */
  optimizerSteps: number;
  #narrow: { readonly weights: Gemma3Weights<Variable>; version: number } | undefined;
  #gradients: Trainable<Variable> | undefined;
  #isDisposed = false;

  constructor(parts: WeightSetParts) {
    this.architecture = parts.architecture;
    this.weights = parts.weights;
    this.base = parts.base;
    this.moments = parts.moments;
    this.optimizerSteps = parts.optimizerSteps ?? 0;
    this.history = parts.history;
    this.source = parts.source;
    this.tokenizer = parts.tokenizer;
    this.rewardModel = parts.rewardModel;
  }

  /** What is learned and belongs to this set alone: all weights, or the adapter. */
  get own(): Trainable<Variable> {
    return this.weights.adapter ?? this.weights;
  }

  /** @throws VersionLostError when it is an adapter whose base is gone or has changed. */
  requireBase(): void {
    if (!this.base) return;
    const { set, version } = this.base;
    if (set.#isDisposed) {
      const [name, base] = [this.history.name, set.history.name];
      throw new VersionLostError(`set ${name}: ${base}, which it is an adapter on, is gone; load both again`);
    }
    set.history.requireVersion(version);
  }

  /** Weights stored as bfloat16, brought up to date with the float32 ones: half the memory to read for each token. */
  narrowWeights(): Gemma3Weights<Variable> {
    const { version } = this.history;
    if (this.#narrow?.version === version) return this.#narrow.weights;
    const weights = this.base ? this.#onNarrowBase(this.base.set) : this.#narrowed();
    this.#narrow = { weights, version };
    return weights;
  }

  /** Where a step adds up its gradient: zero between steps; of whole models, shared by those of one architecture. */
  gradients(): Trainable<Variable> {
    if (!this.base) return this.architecture.gradients();
    return (this.#gradients ??= mapTrainable(this.own, ({ shape }) => zeroVariable(shape)));
  }

  /** After a step that failed half-way: what it had added up must not enter the next. */
  discardGradients(): void {
    if (!this.base) return this.architecture.discardGradients();
    if (this.#gradients) leavesOf(this.#gradients).forEach(disposeVariable);
    this.#gradients = undefined;
  }

  /** {@link own} by name: in a checkpoint, or in a file of peft's; in the order of their leaves. */
  namedVariables(): ReadonlyMap<string, Variable> {
    const { config } = this.architecture;
    const leaves = leavesOf(this.own);
    const parameters = this.base ? adapterParameters(config, this.base.shape) : parametersOf(config);
    return new Map(parameters.map(({ name }, i) => [name, leaves[i]!]));
  }

  info(): SetInfo {
    const sizes = (variables: readonly Variable[], bytes: (variable: Variable) => number) =>
      variables.reduce((sum, variable) => sum + sizeOf(variable.shape) * bytes(variable), 0);
    return {
      name: this.history.name,
      version: this.history.version,
      fence: this.history.fence,
      source: this.source,
      trainable: this.moments !== undefined,
      parameters: sizes(leavesOf(this.own), () => 1),
      bytes: sizes(this.#variables(), ({ dtype }) => (dtype === 'bfloat16' ? 2 : 4)),
    };
  }

  dispose(): void {
    this.#variables().forEach(disposeVariable);
    this.#isDisposed = true;
  }

  #narrowed(): Gemma3Weights<Variable> {
    const { config } = this.architecture;
    const weights = this.#narrow?.weights ?? makeWeights(config, ({ shape }) => createVariable(shape, 'bfloat16'));
    const targets = leavesOf(weights);
    leavesOf(this.weights).forEach((variable, i) => tf.tidy(() => assignVariable(targets[i]!, readVariable(variable))));
    return weights;
  }

  /** An adapter is small and stays as it is; its base's copy serves all that are on it. */
  #onNarrowBase(base: WeightSet): Gemma3Weights<Variable> {
    return this.#narrow?.weights ?? { ...base.narrowWeights(), adapter: this.weights.adapter! };
  }

  /** All that are its own and nobody else's. */
  #variables(): Variable[] {
    const narrow = this.base ? undefined : this.#narrow?.weights;
    const trees = [this.own, this.moments?.mean, this.moments?.variance, narrow, this.#gradients];
    return trees.flatMap((tree) => (tree ? [...leavesOf(tree)] : []));
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** @throws RangeError for a language model. */
export function requireScoreHead(where: string, { weights, history: { name } }: WeightSet): void {
  if (weights.score) return;
  throw new RangeError(`${where}: ${name} is a language model, expected a reward model; load it with a score head`);
}
