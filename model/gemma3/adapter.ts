import type { LoraShape, LoraTarget } from '../api/lora.ts';
import * as tf from '../tf.ts';
import type { Tensor, Tensor2D } from '../tf.ts';
import { parameterShapes } from './config.ts';
import type { Gemma3Config } from './config.ts';
import type { AdaptedMatrix, Matrix } from './ops.ts';
import type { LayerWeights, Parameter } from './weights.ts';

/** The matrices of a layer that can have an adapter, in the order of their values, by peft's name for them. */
const PROJECTIONS = {
  q_proj: 'qProj',
  k_proj: 'kProj',
  v_proj: 'vProj',
  o_proj: 'oProj',
  gate_proj: 'gateProj',
  up_proj: 'upProj',
  down_proj: 'downProj',
} as const satisfies Record<LoraTarget, keyof LayerWeights<unknown>>;
type Projection = (typeof PROJECTIONS)[LoraTarget];
const TARGETS = Object.keys(PROJECTIONS) as LoraTarget[];

/** Two thin matrices that stand for a change of a large one: W + scale · B · A. */
interface LowRank<T> {
  readonly a: T; // [r, in]
  readonly b: T; // [out, r]
}

/** An adapter's value for each matrix it is put on, of every layer alike. `T` is a variable, a tensor, a gradient … */
export interface Adapter<T> {
  /** alpha / r */
  readonly scale: number;
  readonly layers: readonly LayerAdapter<T>[];
}
type LayerAdapter<T> = Readonly<Partial<Record<Projection, LowRank<T>>>>;

/** A layer's tensors in a forward pass. */
export type ForwardLayer = {
  readonly [Key in keyof LayerWeights<Tensor>]: Key extends Projection ? Matrix : Tensor;
};

/** Makes an adapter, one call of `make` for each of its matrices, under peft's name for it, in the order of its leaves. */
export function makeAdapter<T>(
  config: Gemma3Config,
  { rank, alpha, targets }: LoraShape,
  make: (parameter: Parameter) => T,
): Adapter<T> {
  const shapes = parameterShapes(config);
  const chosen = TARGETS.filter((target) => targets.includes(target));
  const layers = Array.from({ length: config.numHiddenLayers }, (_, index) => {
    const pairs = chosen.map((target) => {
      const module = `model.layers.${index}.${moduleOf(target)}`;
      const [outFeatures, inFeatures] = shapes.get(`${module}.weight`) as [number, number];
      const a = make({ name: `base_model.model.${module}.lora_A.weight`, shape: [rank, inFeatures] });
      const b = make({ name: `base_model.model.${module}.lora_B.weight`, shape: [outFeatures, rank] });
      return [PROJECTIONS[target], { a, b }] as const;
    });
    return Object.fromEntries(pairs) as LayerAdapter<T>;
  });
  return { scale: alpha / rank, layers };
}

const moduleOf = (target: LoraTarget): string => (/^[qkvo]_/.test(target) ? `self_attn.${target}` : `mlp.${target}`);

/** Every matrix of an adapter, in the order in which {@link adapterLeaves} gives its values. */
export function adapterParameters(config: Gemma3Config, shape: LoraShape): readonly Parameter[] {
  return adapterLeaves(makeAdapter(config, shape, (parameter) => parameter));
}

/** The values of an adapter: layer by layer, A before B. */
export function adapterLeaves<T>({ layers }: Adapter<T>): readonly T[] {
  return layers.flatMap((layer) => Object.values(layer).flatMap(({ a, b }) => [a, b]));
}

/** The inverse of {@link adapterLeaves}, in the shape of `like`. */
export function adapterOf<T>({ scale, layers }: Adapter<unknown>, leaves: readonly T[]): Adapter<T> {
  let at = 0;
  const next = () => leaves[at++]!;
  return {
    scale,
    layers: layers.map((layer) => {
      const pairs = Object.keys(layer).map((projection) => [projection, { a: next(), b: next() }]);
      return Object.fromEntries(pairs) as LayerAdapter<T>;
    }),
  };
}

/** The layers of a model with an adapter on them. */
export function adaptLayers(
  layers: readonly LayerWeights<Tensor>[],
  { scale, layers: adapters }: Adapter<Tensor>,
): ForwardLayer[] {
  return layers.map((layer, index) => {
    const adapted = Object.entries(adapters[index]!).map(([projection, { a, b }]): [string, AdaptedMatrix] => [
      projection,
      { weight: layer[projection as Projection], a, b, scale },
    ]);
    return { ...layer, ...Object.fromEntries(adapted) };
  });
}

/** W + scale · B · A for W [out, in], as peft merges it. */
export function mergedMatrix(weight: Tensor, { a, b }: LowRank<Tensor>, scale: number): Tensor {
  return tf.add(weight, tf.mul(tf.matMul(b as Tensor2D, a as Tensor2D), scale));
}

/** The pair that an adapter has for each weight it changes, by the weight's name in a checkpoint. */
export function adaptedWeights<T>({ layers }: Adapter<T>): ReadonlyMap<string, LowRank<T>> {
  const pairs = layers.flatMap((layer, index) =>
    TARGETS.flatMap((target): [string, LowRank<T>][] => {
      const pair = layer[PROJECTIONS[target]];
      return pair ? [[`model.layers.${index}.${moduleOf(target)}.weight`, pair]] : [];
    }),
  );
  return new Map(pairs);
}
