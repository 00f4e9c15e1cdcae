import type { Architecture } from './architecture.ts';
import type { RewardModelInfo, SetInfo } from './engine-api.ts';
import { parameterCount } from './gemma3/config.ts';
import { leavesOf, makeWeights, parametersOf } from './gemma3/weights.ts';
import type { Gemma3Weights } from './gemma3/weights.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';
import { assignVariable, createVariable, disposeVariable, readVariable } from './tensor/variable.ts';
import type { Variable } from './tensor/variable.ts';
import * as tf from './tf.ts';
import type { Moments } from './training/adamw.ts';
import type { SetHistory } from './versions.ts';

/** A named model on the device: float32 weights, moments if it is trained, and a bfloat16 copy while it samples. */
export class WeightSet {
  readonly architecture: Architecture;
  readonly weights: Gemma3Weights<Variable>;
  readonly moments: Moments | undefined;
  readonly history: SetHistory<unknown>;
  readonly source: string;
  readonly tokenizer: () => Promise<Tokenizer>;
  /** Of a reward model, where it is known. */
  readonly rewardModel: RewardModelInfo | undefined;
  /** Optimizer steps behind the moments. */
  optimizerSteps: number;
  #narrow: { readonly weights: Gemma3Weights<Variable>; version: number } | undefined;

  constructor(parts: {
    readonly architecture: Architecture;
    readonly weights: Gemma3Weights<Variable>;
    readonly moments?: Moments | undefined;
    readonly optimizerSteps?: number;
    readonly history: SetHistory<unknown>;
    readonly source: string;
    readonly tokenizer: () => Promise<Tokenizer>;
    readonly rewardModel?: RewardModelInfo | undefined;
  }) {
    this.architecture = parts.architecture;
    this.weights = parts.weights;
    this.moments = parts.moments;
    this.optimizerSteps = parts.optimizerSteps ?? 0;
    this.history = parts.history;
    this.source = parts.source;
    this.tokenizer = parts.tokenizer;
    this.rewardModel = parts.rewardModel;
  }

  /** Weights stored as bfloat16, brought up to date with the float32 ones: half the memory to read for each token. */
  narrowWeights(): Gemma3Weights<Variable> {
    const { version } = this.history;
    if (this.#narrow?.version === version) return this.#narrow.weights;
    const weights =
      this.#narrow?.weights ?? makeWeights(this.architecture.config, ({ shape }) => createVariable(shape, 'bfloat16'));
    const targets = leavesOf(weights);
    leavesOf(this.weights).forEach((variable, i) => tf.tidy(() => assignVariable(targets[i]!, readVariable(variable))));
    this.#narrow = { weights, version };
    return weights;
  }

  /** Everything that is learned, under its name in a checkpoint, in checkpoint order. */
  namedVariables(): ReadonlyMap<string, Variable> {
    const leaves = leavesOf(this.weights);
    return new Map(parametersOf(this.architecture.config).map(({ name }, i) => [name, leaves[i]!]));
  }

  info(): SetInfo {
    return {
      name: this.history.name,
      version: this.history.version,
      fence: this.history.fence,
      source: this.source,
      trainable: this.moments !== undefined,
      parameters: parameterCount(this.architecture.config),
      bytes: this.#variables().reduce(
        (sum, { shape, dtype }) => sum + sizeOf(shape) * (dtype === 'bfloat16' ? 2 : 4),
        0,
      ),
    };
  }

  dispose(): void {
    this.#variables().forEach(disposeVariable);
  }

  #variables(): Variable[] {
    const trees = [this.weights, this.moments?.mean, this.moments?.variance, this.#narrow?.weights];
    return trees.flatMap((tree) => (tree ? [...leavesOf(tree)] : []));
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
