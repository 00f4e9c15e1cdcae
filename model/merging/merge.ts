import type { MergeRequest } from '../api/merging.ts';
import type { SetRef } from '../api/sets.ts';
import { assignVariable, readVariable } from '../tensor/variable.ts';
import type { Variable } from '../tensor/variable.ts';
import * as tf from '../tf.ts';
import type { Tensor } from '../tf.ts';
import type { WeightSet } from '../weight-set.ts';
import { slerpCoefficients } from './slerp.ts';

/** Says how many parameters are merged, and lets the event loop turn. */
export type OnParameter = (done: number, total: number) => Promise<void>;

/** A weight set, as the request names it. */
export interface NamedSet {
  readonly ref: SetRef;
  readonly set: WeightSet;
}

/**
 * Writes the merge of `sets` into `target`, parameter by parameter, in float32.
 *
 * @param sets Of a linear merge: those summed. Of a SLERP: the base first, then the others.
 */
export async function mergeInto(
  target: WeightSet,
  sets: readonly NamedSet[],
  request: MergeRequest,
  onParameter: OnParameter,
): Promise<void> {
  const trees = sets.map(({ set }) => set.namedVariables());
  const factors =
    request.method === 'linear'
      ? () => request.parts.map(({ weight }) => weight)
      : await slerpFactors(trees, request.lambdas, onParameter);
  const targets = [...target.namedVariables()];
  for (const [index, [name, variable]] of targets.entries()) {
    const sources = trees.map((tree) => tree.get(name)!);
    tf.tidy(() => assignVariable(variable, weightedSum(sources, factors(name))));
    await onParameter(index + 1, targets.length);
  }
}

/** Σ w · θ. What weighs 0 is not looked at, so that a single set of weight 1 comes out to the bit. */
function weightedSum(sources: readonly Variable[], weights: readonly number[]): Tensor {
  const terms = sources.flatMap((variable, i) => {
    if (weights[i] === 0) return [];
    const value = readVariable(variable);
    return [weights[i] === 1 ? value : tf.mul(value, weights[i]!)];
  });
  return terms.reduce((sum, term) => tf.add(sum, term));
}

/** For each parameter: the weights of the base and of the others, from the angles in its group. */
async function slerpFactors(
  [base, ...others]: readonly ReadonlyMap<string, Variable>[],
  lambdas: readonly number[],
  onParameter: OnParameter,
): Promise<(name: string) => number[]> {
  const grams = new Map<string, number[][]>();
  let done = 0;
  for (const [name, variable] of base!) {
    const group = groupOf(name);
    const products = gramOf(
      variable,
      others.map((tree) => tree.get(name)!),
    );
    const before = grams.get(group);
    // Added up in float64 over the tensors of a group, in the order of the checkpoint.
    grams.set(group, before ? before.map((row, i) => row.map((value, j) => value + products[i]![j]!)) : products);
    await onParameter(++done, 2 * base!.size);
  }
  const byGroup = new Map([...grams].map(([group, gram]) => [group, slerpCoefficients(gram, lambdas)]));
  return (name) => {
    const coefficients = byGroup.get(groupOf(name))!;
    return [1 - coefficients.reduce((sum, c) => sum + c, 0), ...coefficients];
  };
}

/** Parameters whose task vectors have one angle: a decoder layer; each parameter outside the layers by itself. */
export function groupOf(parameter: string): string {
  return /^.*\blayers\.\d+\./.exec(parameter)?.[0] ?? parameter;
}

/** ⟨θ^i − θ_base, θ^j − θ_base⟩ of one parameter. */
function gramOf(base: Variable, others: readonly Variable[]): number[][] {
  const upper = tf.tidy(() => {
    const origin = readVariable(base);
    const vectors = others.map((variable) => tf.sub(readVariable(variable), origin));
    return tf.stack(vectors.flatMap((a, i) => vectors.slice(i).map((b) => tf.sum(tf.mul(a, b)))));
  });
  const values = upper.dataSync();
  upper.dispose();
  const gram = others.map(() => new Array<number>(others.length).fill(0));
  let at = 0;
  others.forEach((_, i) => {
    for (let j = i; j < others.length; j++) gram[i]![j] = gram[j]![i] = values[at++]!;
  });
  return gram;
}

/**
 * Refuses sets that do not belong together.
 *
 * @throws RangeError naming what differs: a reward head, the base of an adapter, a size of the architecture, or a parameter that one of them lacks.
 */
export function requireSameModel(what: 'merge' | 'ema', sets: readonly NamedSet[]): void {
  const [first, ...rest] = sets;
  for (const each of rest) {
    const difference = differenceOf(first!, each);
    if (difference === null) continue;
    throw new RangeError(
      `${what}: ${first!.ref.name} and ${each.ref.name} do not belong together: ${difference}; ` +
        'take models that were trained from the same checkpoint',
    );
  }
}

function differenceOf(a: NamedSet, b: NamedSet): string | null {
  const [kind, otherKind] = [a, b].map(({ set }) => (set.weights.score ? 'a reward model' : 'a language model'));
  if (kind !== otherKind) return `${a.ref.name} is ${kind}, ${b.ref.name} ${otherKind}`;
  const adapters = [a, b].map(
    ({ set: { base } }) => base && `an adapter of ${base.shape.alpha / base.shape.rank} · B · A`,
  );
  if (adapters[0] !== adapters[1]) {
    const [ours, theirs] = adapters.map((adapter) => adapter ?? 'a whole model');
    return `${a.ref.name} is ${ours}, ${b.ref.name} ${theirs}`;
  }
  if (a.set.base?.set !== b.set.base?.set) return 'they are adapters on different sets';
  const [ours, theirs] = [a, b].map(({ set }) => set.architecture.config as unknown as Record<string, unknown>);
  for (const key of new Set([...Object.keys(ours!), ...Object.keys(theirs!)])) {
    const [x, y] = [JSON.stringify(ours![key]), JSON.stringify(theirs![key])];
    if (x !== y) return `${key} is ${x} in the first and ${y} in the second`;
  }
  const [left, right] = [a, b].map(({ set }) => set.namedVariables());
  for (const name of new Set([...left!.keys(), ...right!.keys()])) {
    const [x, y] = [left!.get(name)?.shape.join('×'), right!.get(name)?.shape.join('×')];
    if (x !== y) return `parameter ${name} is ${x ?? 'absent'} in the first and ${y ?? 'absent'} in the second`;
  }
  return null;
}
