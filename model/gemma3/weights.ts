import { readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import type { Tensor, Tensor1D } from '../tf.ts';
import { adapterLeaves, adapterOf, adaptLayers } from './adapter.ts';
import type { Adapter, ForwardLayer } from './adapter.ts';
import { parameterShapes, SCORE_HEAD } from './config.ts';
import type { Gemma3Config } from './config.ts';

// Letters used in every shape of the model.
// B batch, T query tokens, S key tokens, D hidden, N query heads, K key-value heads, H head dim, F MLP width,
// V vocabulary, L layers.

/** One value for each parameter, in the shape of the model. `T` is a variable, a tensor, a gradient, a moment … */
export interface Gemma3Weights<T> {
  readonly embedTokens: T; // [V, D], also the output head
  readonly layers: readonly LayerWeights<T>[];
  readonly norm: T; // [D]
  readonly score?: T; // [1, D], in a reward model
  /** What is put on the matrices of the layers. None of the model's own parameters, and in none of its leaves. */
  readonly adapter?: Adapter<T>;
}

/** What can be trained: a whole model, or the adapter on one. */
export type Trainable<T> = Gemma3Weights<T> | Adapter<T>;

/** Names are the checkpoint's, in camelCase: `self_attn.q_proj.weight` is `qProj`. */
export interface LayerWeights<T> {
  readonly inputLayernorm: T; // [D]
  readonly qProj: T; // [N*H, D]
  readonly kProj: T; // [K*H, D]
  readonly vProj: T; // [K*H, D]
  readonly oProj: T; // [D, N*H]
  readonly qNorm: T; // [H]
  readonly kNorm: T; // [H]
  readonly postAttentionLayernorm: T; // [D]
  readonly preFeedforwardLayernorm: T; // [D]
  readonly gateProj: T; // [F, D]
  readonly upProj: T; // [F, D]
  readonly downProj: T; // [D, F]
  readonly postFeedforwardLayernorm: T; // [D]
}

const LAYER_NAMES: Readonly<Record<keyof LayerWeights<unknown>, string>> = {
  inputLayernorm: 'input_layernorm',
  qProj: 'self_attn.q_proj',
  kProj: 'self_attn.k_proj',
  vProj: 'self_attn.v_proj',
  oProj: 'self_attn.o_proj',
  qNorm: 'self_attn.q_norm',
  kNorm: 'self_attn.k_norm',
  postAttentionLayernorm: 'post_attention_layernorm',
  preFeedforwardLayernorm: 'pre_feedforward_layernorm',
  gateProj: 'mlp.gate_proj',
  upProj: 'mlp.up_proj',
  downProj: 'mlp.down_proj',
  postFeedforwardLayernorm: 'post_feedforward_layernorm',
};
const LAYER_KEYS = Object.keys(LAYER_NAMES) as (keyof LayerWeights<unknown>)[];

/** A parameter's name in a checkpoint, and its shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Makes the tree of a model's weights, one call of `make` for each parameter, in checkpoint order. */
export function makeWeights<T>(config: Gemma3Config, make: (parameter: Parameter) => T): Gemma3Weights<T> {
  const shapes = parameterShapes(config);
  const named = (module: string) => {
    const name = `model.${module}.weight`;
    return make({ name, shape: shapes.get(name)! });
  };
  const embedTokens = named('embed_tokens');
  const layers = Array.from({ length: config.numHiddenLayers }, (_, index) =>
    layerOf((key) => named(`layers.${index}.${LAYER_NAMES[key]}`)),
  );
  const norm = named('norm');
  if (!config.scoreHead) return { embedTokens, layers, norm };
  return { embedTokens, layers, norm, score: make({ name: SCORE_HEAD, shape: shapes.get(SCORE_HEAD)! }) };
}

/** Every parameter of a model, in the order in which {@link leavesOf} gives its values. */
export function parametersOf(config: Gemma3Config): readonly Parameter[] {
  return leavesOf(makeWeights(config, (parameter) => parameter));
}

/** The values of a tree, in checkpoint order. */
export function leavesOf<T>(weights: Trainable<T>): readonly T[] {
  if ('scale' in weights) return adapterLeaves(weights);
  const layers = weights.layers.flatMap((layer) => LAYER_KEYS.map((key) => layer[key]));
  return [weights.embedTokens, ...layers, weights.norm, ...(weights.score === undefined ? [] : [weights.score])];
}

/** The inverse of {@link leavesOf}, in the shape of `like`. */
export function weightsOf<T>(like: Gemma3Weights<unknown>, leaves: readonly T[]): Gemma3Weights<T> {
  let at = 0;
  const next = () => leaves[at++]!;
  const embedTokens = next();
  const layers = like.layers.map(() => layerOf(next));
  const norm = next();
  return { embedTokens, layers, norm, ...(like.score !== undefined && { score: next() }) };
}

/** The same tree with each value replaced. */
export function mapTrainable<T, U>(tree: Trainable<T>, replace: (value: T) => U): Trainable<U> {
  const leaves = leavesOf(tree).map(replace);
  return 'scale' in tree ? adapterOf(tree, leaves) : weightsOf(tree, leaves);
}

function layerOf<T>(make: (key: keyof LayerWeights<unknown>) => T): LayerWeights<T> {
  return Object.fromEntries(LAYER_KEYS.map((key) => [key, make(key)])) as unknown as LayerWeights<T>;
}

/** The tensors a forward pass works on. The embedding table stays a variable: it is too large to be read whole. */
export interface ForwardWeights {
  readonly embedTokens: Variable;
  readonly layers: readonly ForwardLayer[];
  readonly norm: Tensor1D;
}

/** A model's own weights, without an adapter. */
export interface PlainWeights extends ForwardWeights {
  readonly layers: readonly LayerWeights<Tensor>[];
}

/** Reads the variables of a model, and of the adapter on it, for one forward pass. */
export function readWeights(weights: Gemma3Weights<Variable>): ForwardWeights {
  const { adapter } = weights;
  const plain = readPlainWeights(weights);
  if (!adapter) return plain;
  return { ...plain, layers: adaptLayers(plain.layers, adapterOf(adapter, adapterLeaves(adapter).map(readVariable))) };
}

/** {@link readWeights} but for the adapter. */
export function readPlainWeights(weights: Gemma3Weights<Variable>): PlainWeights {
  return {
    embedTokens: weights.embedTokens,
    layers: weights.layers.map((layer) => layerOf((key) => readVariable(layer[key]))),
    norm: readVariable(weights.norm) as Tensor1D,
  };
}
