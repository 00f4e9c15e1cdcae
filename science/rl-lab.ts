import { join } from 'node:path';

import { bestOfN } from '../activities/evaluation/estimators.ts';
import { TINY_CONFIG } from '../model/checkpoints/tiny-preset.ts';
import type { Engine } from '../model/api/engine.ts';
import type { Completion } from '../model/api/generation.ts';
import type { Sequence } from '../model/api/sequences.ts';
import type { SetRef } from '../model/api/sets.ts';
import { learningRateAt } from '../policies/schedule.ts';
import { uniformInt } from '../sdk/random.ts';
import type { Method, Rollout } from './rl-methods.ts';
import { adam, byTurns, pretrain } from './tiny-models.ts';

export const LAB_CONFIG = { ...TINY_CONFIG, numHiddenLayers: 3, slidingWindowPattern: 3 };
const PRETRAINING = { learningRate: 3e-3, batch: 48 };
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);
/** Digits of a text. */
const LENGTH = 6;
const SAMPLING = { maxTokens: LENGTH + 1, temperature: 1, topK: 0, topP: 1 };

/**
 * The reward of reinforcement learning here: how close a text's digits are to the prompt's, in [0, 1]. What is no digit, or
 * missing, counts 0; what comes after the sixth character does not count.
 */
export function closeness(digit: number, text: string): number {
  const close = (c: string) => (/\d/.test(c) ? 1 - Math.abs(Number(c) - digit) / 9 : 0);
  return [...text].slice(0, LENGTH).reduce((sum, c) => sum + close(c), 0) / LENGTH;
}

/** What the language model knows before: six digits, each at most two from the last. It takes no notice of the prompt. */
export function digitWalk(seed: number, ...name: (string | number)[]): string {
  const digits = [uniformInt(0, 9, seed, ...name, 'first')];
  for (let i = 1; i < LENGTH; i++) {
    digits.push(Math.min(9, Math.max(0, digits[i - 1]! + uniformInt(-2, 2, seed, ...name, i))));
  }
  return digits.join('');
}

/** Where a policy is, by fresh samples: E[r], KL to the start in nats per completion, and the standard errors of both. */
export interface Measured {
  readonly reward: number;
  readonly kl: number;
  readonly rewardError: number;
  readonly klError: number;
}

export interface Training {
  /** Of the set to make. Also names its random stream: another name sees other prompts in another order. */
  readonly name: string;
  /** Checkpoint it begins with; so does its anchor. */
  readonly source: string;
  readonly method: Method;
  readonly steps: number;
  readonly learningRate: number;
  /** Steps between measurements. */
  readonly every: number;
}

/** A small trained language model, its reward, and what it takes to train and measure policies that begin as it. */
export class RlLab {
  readonly engine: Engine;
  readonly seed: number;
  readonly start: SetRef;
  /** Checkpoint of the start. */
  readonly source: string;
  readonly #prompts: readonly Sequence[];

  /** @param steps Of pretraining; 200 are enough to learn the walks. */
  static async open(engine: Engine, scratch: string, seed: number, steps = 200): Promise<RlLab> {
    const home = join(scratch, String(seed));
    const { learningRate, batch } = PRETRAINING;
    const start = await pretrain(engine, {
      ...{ home, name: `${seed}/start`, config: LAB_CONFIG, seed, learningRate, checkpoints: [steps] },
      items: (step) => Array.from({ length: batch }, (_, i) => itemOf(i % 10, digitWalk(seed, 'text', step, i))),
    });
    const prompts = await engine.tokenize({
      set: start.name,
      items: DIGITS.map((digit) => itemOf(digit)),
      chat: false,
    });
    return new RlLab({ engine, seed, start, source: join(home, `sft-${steps}`), prompts });
  }

  private constructor(parts: Pick<RlLab, 'engine' | 'seed' | 'start' | 'source'> & { prompts: readonly Sequence[] }) {
    ({ engine: this.engine, seed: this.seed, start: this.start, source: this.source } = parts);
    this.#prompts = parts.prompts;
  }

  /** Trains a policy, and measures it before, on the way, and at the end. */
  async train(training: Training): Promise<{ readonly policy: SetRef; readonly path: readonly Measured[] }> {
    const { name, source, method, steps, every } = training;
    let policy: SetRef = { name, version: 0 };
    await this.engine.load({ set: policy, source, trainable: true, fence: 0 });
    let anchor: SetRef = { name: `${name}/anchor`, version: 0 };
    await this.engine.copy({ from: policy, to: anchor.name, fence: 0 });
    const schedule = {
      learningRate: training.learningRate,
      warmupSteps: 5,
      schedule: 'constant',
      minLearningRateRatio: 1,
    } as const;
    const path = [await this.measure(policy)];
    for (let step = 0; step < steps; step++) {
      const digits = Array.from({ length: method.prompts }, (_, i) =>
        uniformInt(0, 9, this.seed, name, 'prompt', step, i),
      );
      const sequences = await method.batch({ lab: this, policy, anchor, digits, step, stream: `${name}/${step}` });
      const { version } = await this.engine.trainStep({
        ...{ set: policy, fence: 0, batchDigest: String(step), temperature: 1, precision: 'float32', sequences },
        optimizer: adam(learningRateAt(schedule, step, steps)),
      });
      policy = { name, version };
      if (method.anchorRate > 0) {
        anchor = await this.engine.ema({ target: anchor, source: policy, rate: method.anchorRate, fence: 0 });
      }
      if ((step + 1) % every === 0) path.push(await this.measure(policy));
    }
    await this.engine.drop(anchor.name);
    return { policy, path };
  }

  /** Completions for prompts given by their digits, with rewards and log π as it was sampled. */
  async rollouts(set: SetRef, digits: readonly number[], count: number, stream: string): Promise<Rollout[][]> {
    const prompts = digits.map((digit, i) => ({ id: `${stream}/${i}`, promptIds: this.#prompts[digit]!.promptIds }));
    const groups: Rollout[][] = [];
    const request = {
      set,
      prompts,
      numGenerations: count,
      sampling: SAMPLING,
      seed: this.seed,
      precision: 'float32',
    } as const;
    await this.engine.generate(request, ({ promptIndex, completions }) => {
      const digit = digits[promptIndex]!;
      groups[promptIndex] = completions.map((completion) =>
        rolloutOf(digit, prompts[promptIndex]!.promptIds, completion),
      );
    });
    return groups;
  }

  /** log π of completions under a set: nats, sums over their tokens. */
  async logProbs(set: SetRef, sequences: readonly Sequence[]): Promise<number[]> {
    const request = { set, sequences, temperature: 1, precision: 'float32' } as const;
    return (await this.engine.score(request)).logProbs.map(sum);
  }

  /** @param perPrompt Samples of each of the ten prompts. The same for every set of a lab: differences are in pairs. */
  async measure(set: SetRef, perPrompt = 64): Promise<Measured> {
    const samples = byTurns(await this.rollouts(set, DIGITS, perPrompt, 'measure'));
    const start = await this.logProbs(this.start, samples);
    const [reward, rewardError] = meanAndError(samples.map((each) => each.reward));
    const [kl, klError] = meanAndError(samples.map((each, i) => each.logProb - start[i]!));
    return { reward, kl, rewardError, klError };
  }

  /**
   * What the start's own samples say of the best there is: E[max of N], at the bound of its KL, log N − (N − 1)/N; and
   * the largest E[r] of any policy at a KL, that of π ∝ π_start · exp(r/β).
   */
  async limits(ns: readonly number[], betas: readonly number[]): Promise<{ bestOfN: Point[]; optimum: Point[] }> {
    const groups = (await this.rollouts(this.start, DIGITS, 512, 'limits')).map((group) =>
      group.map((each) => each.reward),
    );
    const mean = (of: (rewards: readonly number[]) => number) => sum(groups.map(of)) / groups.length;
    return {
      bestOfN: ns.map((n) => [Math.log(n) - (n - 1) / n, mean((rewards) => bestOfN(rewards, n))] as const),
      optimum: betas.map((beta) => [mean((r) => tilted(r, beta).kl), mean((r) => tilted(r, beta).reward)] as const),
    };
  }
}

type Point = readonly [kl: number, reward: number];

/** E[r] and KL of π · exp(r/β) from samples of π, weighted by importance. */
export function tilted(rewards: readonly number[], beta: number): { readonly reward: number; readonly kl: number } {
  const weights = rewards.map((reward) => Math.exp(reward / beta));
  const total = sum(weights);
  const reward = sum(weights.map((weight, i) => weight * rewards[i]!)) / total;
  return { reward, kl: reward / beta - Math.log(total / rewards.length) };
}

function itemOf(digit: number, completion?: string) {
  return { prompt: `${digit}:`, ...(completion !== undefined && { completion }) };
}

function rolloutOf(digit: number, promptIds: readonly number[], { text, tokenIds, logProbs }: Completion): Rollout {
  return { promptIds, completionIds: tokenIds, reward: closeness(digit, text), logProb: sum(logProbs) };
}

function meanAndError(values: readonly number[]): [mean: number, error: number] {
  const mean = sum(values) / values.length;
  const variance = sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
  return [mean, Math.sqrt(variance / values.length)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
