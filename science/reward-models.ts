import { join } from 'node:path';

import { tinyTokenizer, TINY_CONFIG } from '../model/checkpoints/tiny-preset.ts';
import { writeCheckpoint } from '../model/checkpoints/write-checkpoint.ts';
import type { Engine, OptimizerOptions, PreferencePair, Sequence, SetRef } from '../model/engine-api.ts';
import { parameterShapes } from '../model/gemma3/config.ts';
import { memberPlans } from '../policies/warm.ts';
import { permutation, uniform, uniformInt } from '../sdk/random.ts';

/** A text, and the digit its prompt begins with, which does not matter. */
export interface Sample {
  readonly digit: number;
  readonly text: string;
}

export interface Pair {
  readonly digit: number;
  readonly chosen: string;
  readonly rejected: string;
  /** The label was swapped: `chosen` is truly the worse one. */
  readonly swapped: boolean;
}

export const MEMBERS = 6;
const CONFIG = { ...TINY_CONFIG, hiddenSize: 48, intermediateSize: 96, numHiddenLayers: 3, slidingWindowPattern: 3 };
const SFT_STEPS = [60, 80, 100]; // where checkpoints are taken: Baklava
const PROBE_STEPS = 40;
const MEMBER_STEPS = 120;
const BATCH = 32;
const TRAIN_PAIRS = 384;

/** The reward nobody sees but the judge: how often a 7 occurs, repeats next to it count half. */
export function trueReward({ text }: Pick<Sample, 'text'>): number {
  const wanted = '7';
  return [...text].reduce((sum, c, i) => sum + (c !== wanted ? 0 : text[i - 1] === wanted ? 0.5 : 1), 0);
}

/** Eight digits, a quarter of them 7. */
function textOf(seed: number, ...name: (string | number)[]): string {
  const draw = (i: number) => (uniform(seed, ...name, 'own', i) < 0.17 ? 7 : uniformInt(0, 9, seed, ...name, i));
  return Array.from({ length: 8 }, (_, i) => draw(i)).join('');
}

/** From another generator: longer, and half of it letters. */
function strangeTextOf(seed: number, ...name: (string | number)[]): string {
  return Array.from({ length: 14 }, (_, i) => {
    if (uniform(seed, ...name, 'letter', i) < 0.5) return 'abcdef'[uniformInt(0, 5, seed, ...name, 'which', i)]!;
    return uniform(seed, ...name, 'own', i) < 0.15 ? 7 : uniformInt(0, 9, seed, ...name, i);
  }).join('');
}

/** Pairs with different true rewards; a share of the labels swapped, by the seed. */
export function pairsOf(count: number, seed: number, kind: 'train' | 'id' | 'ood', swappedShare = 0): Pair[] {
  const make = kind === 'ood' ? strangeTextOf : textOf;
  const swapped = new Set(permutation(count, seed, kind, 'swapped').slice(0, Math.round(swappedShare * count)));
  const pairs: Pair[] = [];
  for (let at = 0; pairs.length < count; at++) {
    const digit = uniformInt(0, 9, seed, kind, 'digit', at);
    const [a, b] = ['a', 'b'].map((which) => make(seed, kind, which, at)) as [string, string];
    const difference = trueReward({ text: a }) - trueReward({ text: b });
    if (difference === 0) continue;
    const isSwapped = swapped.has(pairs.length);
    const [chosen, rejected] = difference > 0 === !isSwapped ? [a, b] : [b, a];
    pairs.push({ digit, chosen, rejected, swapped: isSwapped });
  }
  return pairs;
}

/** Reward models of one run, on the engine. */
export interface RewardModels {
  readonly members: readonly SetRef[];
  /** Their average. */
  readonly average: SetRef;
  /** The language model they began as, after SFT. */
  readonly policy: SetRef;
  readonly train: readonly Pair[];
}

/**
 * The procedure of WARM on a model of three layers: a language model is trained, then a head on its frozen features, then
 * M reward models from checkpoints along its training with that head, which differ in rate, dropout and order.
 */
export async function trainRewardModels(
  engine: Engine,
  scratch: string,
  {
    seed,
    label = '',
    members = MEMBERS,
  }: { readonly seed: number; readonly label?: string; readonly members?: number },
): Promise<RewardModels> {
  const home = join(scratch, `${seed}${label}`);
  const named = (what: string) => `${seed}${label}/${what}`;
  const modelSeed = label === '' ? seed : seed + 7919;
  await writeRandomModel(join(home, 'base'), modelSeed);
  const policy = await pretrain(engine, home, named('policy'), modelSeed);
  const train = pairsOf(TRAIN_PAIRS, seed, 'train', 0.25);
  const ids = await encodePairs(engine, policy.name, train);

  const starts = SFT_STEPS.map((step) => join(home, `sft-${step}`));
  const trainOn = async (name: string, source: string, from: string | null, plan: TrainPlan) => {
    let version = 0;
    const set = () => ({ name, version });
    const scoreHead = from === null ? {} : { from };
    await engine.load({ set: set(), source, trainable: true, fence: 0, scoreHead });
    for (; version < plan.steps; version++) {
      const order = permutation(ids.length, plan.seed, 'order', Math.floor((version * BATCH) / ids.length));
      const at = (version * BATCH) % ids.length;
      await engine.rewardStep({
        ...{ set: set(), fence: 0, batchDigest: String(version), centerCoefficient: 0.01, precision: 'float32' },
        ...{ pairs: order.slice(at, at + BATCH).map((i) => ids[i]!), part: plan.part },
        dropout: { rate: plan.dropout, seed: plan.seed * 1009 + version },
        optimizer: adam(plan.learningRate),
      });
    }
    return set();
  };

  const probe = await trainOn(named('probe'), starts.at(-1)!, null, {
    ...{ steps: PROBE_STEPS, part: 'head', learningRate: 1e-2, dropout: 0, seed },
  });
  const head = join(home, 'probe');
  await engine.save({ set: probe, folder: head, withOptimizer: false });
  const plans = memberPlans({
    ...{ members, learningRates: [1e-3, 2e-3, 3e-3], dropouts: [0.05, 0.1], starts: starts.length, seed },
  });
  const made: SetRef[] = [];
  for (const [i, plan] of plans.entries()) {
    const steps = { ...plan, steps: MEMBER_STEPS, part: 'all' } as const;
    made.push(await trainOn(named(`member ${i}`), starts[plan.start]!, head, steps));
  }
  const average = await averageOf(engine, made, named('average'));
  return { members: made, average, policy, train };
}

interface TrainPlan {
  readonly steps: number;
  readonly part: 'all' | 'head';
  readonly learningRate: number;
  readonly dropout: number;
  readonly seed: number;
}

export async function averageOf(engine: Engine, sets: readonly SetRef[], name: string): Promise<SetRef> {
  const to = { name, version: 0 };
  const parts = sets.map((set) => ({ set, weight: 1 / sets.length }));
  await engine.merge({ to, fence: 0, method: 'linear', parts });
  return to;
}

/** Rewards of texts, with the tokenizer that all models here share. */
export async function rewardsOf(engine: Engine, set: SetRef, samples: readonly Sample[]): Promise<readonly number[]> {
  const items = samples.map(({ digit, text }) => ({ prompt: `${digit}:`, completion: text }));
  const sequences = await engine.tokenize({ set: set.name, items, chat: false });
  return (await engine.reward({ set, sequences, calibrated: false, precision: 'float32' })).rewards;
}

const adam = (learningRate: number): OptimizerOptions => ({
  ...{ learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
});

async function encodePairs(engine: Engine, set: string, pairs: readonly Pair[]): Promise<PreferencePair[]> {
  const items = pairs.flatMap(({ digit, chosen, rejected }) =>
    [chosen, rejected].map((completion) => ({ prompt: `${digit}:`, completion })),
  );
  const ids = await engine.tokenize({ set, items, chat: false });
  return pairs.map((_, i) => ({
    promptIds: ids[2 * i]!.promptIds,
    chosenIds: ids[2 * i]!.completionIds,
    rejectedIds: ids[2 * i + 1]!.completionIds,
  }));
}

/** A language model of texts like those it will judge, with checkpoints on the way. */
async function pretrain(engine: Engine, home: string, name: string, seed: number): Promise<SetRef> {
  let version = 0;
  const set = () => ({ name, version });
  await engine.load({ set: set(), source: join(home, 'base'), trainable: true, fence: 0 });
  for (; version < SFT_STEPS.at(-1)!; version++) {
    const items = Array.from({ length: BATCH }, (_, i) => {
      const digit = uniformInt(0, 9, seed, 'sft digit', version, i);
      const make = i % 4 === 0 ? strangeTextOf : textOf;
      return { prompt: `${digit}:`, completion: make(seed, 'sft', version, i) };
    });
    const sequences: readonly Sequence[] = await engine.tokenize({ set: name, items, chat: false });
    const tokens = sequences.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
    await engine.trainStep({
      ...{ set: set(), fence: 0, batchDigest: String(version), temperature: 1, precision: 'float32' },
      sequences: sequences.map((sequence) => ({ ...sequence, weight: 1 / tokens })),
      optimizer: adam(3e-3),
    });
    const folder = join(home, `sft-${version + 1}`);
    if (SFT_STEPS.includes(version + 1)) {
      await engine.save({ set: { name, version: version + 1 }, folder, withOptimizer: false });
    }
  }
  return set();
}

async function writeRandomModel(folder: string, seed: number): Promise<void> {
  const tensors = [...parameterShapes(CONFIG)].map(([name, shape]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const scale = shape.length === 1 ? 0 : Math.sqrt(3) * (name.includes('embed') ? 0.1 : shape[1]! ** -0.5);
    const read = () => Float32Array.from({ length: size }, (_, i) => scale * (2 * uniform(seed, name, i) - 1));
    return { name, shape, read };
  });
  await writeCheckpoint(folder, { config: CONFIG, tokenizer: tinyTokenizer(), tensors });
}
