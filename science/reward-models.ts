import { join } from 'node:path';

import { TINY_CONFIG } from '../model/checkpoints/tiny-preset.ts';
import type { Engine } from '../model/api/engine.ts';
import type { PreferencePair } from '../model/api/reward-models.ts';
import type { Sequence, TokenizeItem } from '../model/api/sequences.ts';
import type { SetRef } from '../model/api/sets.ts';
import { memberPlans } from '../policies/warm.ts';
import { permutation, uniform, uniformInt } from '../sdk/random.ts';
import { adam, pretrain } from './tiny-models.ts';

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

/**
 * The one setting of `warm` and `warm-bon`, fixed before the seeds below were run, and not to be changed after them. It is
 * the second setting of the trials (docs/log.md) with a third more pairs at the same ten passes over them, more pairs to
 * judge by, and seeds that no trial has seen.
 */
export const SEEDS = [40, 41, 42, 43, 44, 45, 46, 47];
export const MEMBERS = 6;
const CONFIG = { ...TINY_CONFIG, hiddenSize: 48, intermediateSize: 96, numHiddenLayers: 3, slidingWindowPattern: 3 };
const SFT_STEPS = [60, 80, 100]; // where checkpoints are taken: Baklava
const PROBE_STEPS = 40;
const MEMBER_STEPS = 160;
const BATCH = 32;
const TRAIN_PAIRS = 512;

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
 *
 * @param seed Decides everything: base weights, texts, pairs, orders. Two seeds give models that are strangers.
 */
export async function trainRewardModels(
  engine: Engine,
  scratch: string,
  seed: number,
  members = MEMBERS,
): Promise<RewardModels> {
  const home = join(scratch, `${seed}`);
  const named = (what: string) => `${seed}/${what}`;
  const policy = await pretrain(engine, {
    ...{ home, name: named('policy'), config: CONFIG, seed, learningRate: 3e-3, checkpoints: SFT_STEPS },
    items: (step) => Array.from({ length: BATCH }, (_, i) => textToImitate(seed, step, i)),
  });
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

/** Texts as token ids, with the tokenizer that all models here share. */
export function encode(engine: Engine, set: string, samples: readonly Sample[]): Promise<readonly Sequence[]> {
  const items = samples.map(({ digit, text }) => ({ prompt: `${digit}:`, completion: text }));
  return engine.tokenize({ set, items, chat: false });
}

export async function rewardsOf(
  engine: Engine,
  set: SetRef,
  sequences: readonly Sequence[],
): Promise<readonly number[]> {
  return (await engine.reward({ set, sequences, calibrated: false, precision: 'float32' })).rewards;
}

/** The two texts of each pair, one after the other. */
export function samplesOf(pairs: readonly Pair[]): Sample[] {
  return pairs.flatMap(({ digit, chosen, rejected }) => [chosen, rejected].map((text) => ({ digit, text })));
}

async function encodePairs(engine: Engine, set: string, pairs: readonly Pair[]): Promise<PreferencePair[]> {
  const ids = await encode(engine, set, samplesOf(pairs));
  return pairs.map((_, i) => ({
    promptIds: ids[2 * i]!.promptIds,
    chosenIds: ids[2 * i]!.completionIds,
    rejectedIds: ids[2 * i + 1]!.completionIds,
  }));
}

/** What the language model learns: texts like those that will be judged, a quarter of them strange. */
function textToImitate(seed: number, step: number, i: number): TokenizeItem {
  const digit = uniformInt(0, 9, seed, 'sft digit', step, i);
  const make = i % 4 === 0 ? strangeTextOf : textOf;
  return { prompt: `${digit}:`, completion: make(seed, 'sft', step, i) };
}
