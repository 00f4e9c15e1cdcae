import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { TINY_CONFIG, tinyTokenizer } from '../model/checkpoints/tiny-preset.ts';
import { createEngine } from '../model/engine.ts';
import type { Distillation, SparseTargets, TeacherDraw } from '../model/api/distillation.ts';
import type { Engine } from '../model/api/engine.ts';
import type { Sequence } from '../model/api/sequences.ts';
import type { SetRef } from '../model/api/sets.ts';
import { type Gemma3Config, parameterCount } from '../model/gemma3/config.ts';
import { permutation } from '../sdk/random.ts';
import { publicData } from './data.ts';
import type { ExperimentContext } from './experiment.ts';
import { type Estimate, estimate } from './statistics.ts';
import { adam, writeRandomModel } from './tiny-models.ts';

export const TEACHER_STEPS = 600;
export const BATCH = 16;
export const LENGTH = 64;
const LEARNING_RATE = 4e-3;

const shape = (hiddenSize: number, layers: number): Gemma3Config => ({
  ...{ ...TINY_CONFIG, hiddenSize, intermediateSize: 3 * hiddenSize, numHiddenLayers: layers },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: hiddenSize / 2, queryPreAttnScalar: hiddenSize / 2 },
  ...{ slidingWindow: 16, slidingWindowPattern: 2 },
});
export const STUDENT = shape(24, 2);
export const TEACHERS = { small: shape(48, 2), large: shape(96, 4) };
export type TeacherName = keyof typeof TEACHERS;

export const VARIANTS = {
  full: null,
  'counts 256': { samples: 256, weighting: 'counts' },
  'renorm 16': { samples: 16, weighting: 'renorm' },
} as const;
export type Variant = keyof typeof VARIANTS;

/** Draws for each position whose bias is measured, how often, and how many of the repeats at once. */
export const DRAWS = [4, 16, 64, 256];
export const REPEATS = 192;
const COPIES = 16;

export interface Scores {
  /** Mean KL(teacher‖student) of a held-out token, nats. */
  readonly kl: number;
  /** Of held-out text, per token. */
  readonly perplexity: number;
}

/** The models and the text, on an engine of their own. */
export class KdLab {
  readonly #engine: Engine;
  readonly #scratch: string;
  readonly #note: (line: string) => void;
  readonly #texts: { readonly teacher: Sequence[]; readonly student: Sequence[]; readonly heldOut: Sequence[] };
  readonly teacherPerplexity: Partial<Record<TeacherName, number>> = {};
  #runs = 0;

  static async open({ scratch, note }: ExperimentContext): Promise<KdLab> {
    return new KdLab(await createEngine(), scratch, note);
  }

  private constructor(engine: Engine, scratch: string, note: (line: string) => void) {
    this.#engine = engine;
    this.#scratch = scratch;
    this.#note = note;
    const sequences = sequencesOf(readFileSync(publicData('eval/long-text/frankenstein.txt'), 'utf8'));
    const [first, second] = [Math.floor(sequences.length * 0.7), Math.floor(sequences.length * 0.95)];
    this.#texts = {
      teacher: sequences.slice(0, first),
      student: sequences.slice(first, second),
      heldOut: sequences.slice(second, second + 64),
    };
  }

  async trainTeacher(name: TeacherName): Promise<void> {
    await this.#load(`teacher/${name}`, TEACHERS[name], 1000);
    await this.#train(`teacher/${name}`, TEACHER_STEPS, this.#texts.teacher, 1000, null);
    this.teacherPerplexity[name] = await this.#perplexity({ name: `teacher/${name}`, version: TEACHER_STEPS });
    this.#note(
      `teacher ${name}: ${parameterCount(TEACHERS[name])} parameters, perplexity ${this.teacherPerplexity[name]}`,
    );
  }

  /** Trains a student of its own from the seed's weights, on the seed's order of the text. */
  async distilled(teacher: TeacherName, steps: number, seed: number, variant: Variant): Promise<Scores> {
    const name = `student/${this.#runs++}`;
    await this.#load(name, STUDENT, seed);
    const set = { name: `teacher/${teacher}`, version: TEACHER_STEPS };
    const options = VARIANTS[variant];
    const distillation = (step: number): Distillation =>
      options
        ? { kind: 'sampled', temperature: 1, teacher: set, draw: { ...options, topK: 0, seed: 1000 * seed + step } }
        : { kind: 'full', temperature: 1, teacher: set, beta: 0 };
    await this.#train(name, steps, this.#texts.student, seed, distillation);
    const perplexity = await this.#perplexity({ name, version: steps });
    const kl = await this.#klTo(set, { name, version: steps });
    await this.#engine.drop(name);
    return { kl, perplexity };
  }

  /**
   * By how much the targets drawn from the teacher give the likeliest token of a position more than its probability: mean
   * over positions, estimated from repeated draws. Its expectation is 0 for targets without bias, whatever the number of
   * draws.
   */
  async measureBias(): Promise<Record<string, Estimate>> {
    const teacher = { name: 'teacher/large', version: TEACHER_STEPS };
    const texts = this.#texts.heldOut.slice(0, 4);
    const targets = (draw: TeacherDraw, copies: number) =>
      this.#engine.teacherTargets({
        ...{ teacher, student: teacher.name, draw, temperature: 1, precision: 'float32' },
        sequences: texts.flatMap((text, i) => Array.from({ length: copies }, (_, k) => ({ ...text, id: `${i}/${k}` }))),
      });
    // Which token is the likeliest is only a choice of what to look at; how likely it is has to be exact.
    const many = await targets({ samples: 4096, weighting: 'renorm', topK: 0, seed: 0 }, 1);
    const likeliest = many.map((each) => entriesOf(each).map((entries) => largest(entries)));
    const single = texts.flatMap(({ promptIds, completionIds }, i) =>
      completionIds.map((_, t) => ({
        ...{ promptIds: [...promptIds, ...completionIds.slice(0, t)], completionIds: [likeliest[i]![t]!] },
      })),
    );
    const request = { set: teacher, sequences: single, temperature: 1, precision: 'float32' } as const;
    const exact = (await this.#engine.score(request)).logProbs.map(([logProb]) => Math.exp(logProb!));
    const positions = single.map(({ completionIds }, i) => ({ id: completionIds[0]!, probability: exact[i]! }));
    const found: Record<string, Estimate> = {};
    for (const samples of DRAWS) {
      for (const weighting of ['counts', 'renorm'] as const) {
        const excesses: number[] = [];
        for (let seed = 1; seed <= REPEATS / COPIES; seed++) {
          const drawn = await targets({ samples, weighting, topK: 0, seed }, COPIES);
          excesses.push(
            ...Array.from({ length: COPIES }, (_, k) =>
              excessOf(
                drawn.filter((_, i) => i % COPIES === k),
                positions,
              ),
            ),
          );
        }
        found[`${weighting} ${samples}`] = estimate(excesses);
      }
    }
    this.#note(`excess of the likeliest token: ${JSON.stringify(found)}`);
    return found;
  }

  async #load(name: string, config: Gemma3Config, seed: number): Promise<void> {
    const folder = join(this.#scratch, `${name.replace('/', '-')}`);
    await writeRandomModel(folder, config, seed);
    await this.#engine.load({ set: { name, version: 0 }, source: folder, trainable: true, fence: 0 });
  }

  async #train(
    name: string,
    steps: number,
    texts: readonly Sequence[],
    seed: number,
    distillation: ((step: number) => Distillation) | null,
  ): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const chosen = batchOf(texts, seed, step);
      const warm = Math.min(1, (step + 1) / Math.max(1, steps / 10));
      const learningRate = LEARNING_RATE * warm * (1 - step / steps);
      await this.#step({ name, version: step }, chosen, learningRate, distillation?.(step) ?? null);
    }
  }

  #step(set: SetRef, sequences: readonly Sequence[], learningRate: number, distillation: Distillation | null) {
    const tokens = sequences.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
    return this.#engine.trainStep({
      ...{ set, fence: 0, batchDigest: 'one', temperature: 1, precision: 'float32' },
      sequences: sequences.map((sequence, i) => ({
        ...{ ...sequence, weight: distillation ? 0 : 1 / tokens },
        ...(distillation && { teacher: { id: String(i), weight: 1 / tokens } }),
      })),
      ...(distillation && { distillation }),
      optimizer: adam(learningRate, 0.99),
    });
  }

  /** A step that changes no weight. */
  async #klTo(teacher: SetRef, student: SetRef): Promise<number> {
    const full: Distillation = { kind: 'full', temperature: 1, teacher, beta: 0 };
    return (await this.#step(student, this.#texts.heldOut, 0, full)).teacherLoss;
  }

  async #perplexity(set: SetRef): Promise<number> {
    const request = { set, sequences: this.#texts.heldOut, temperature: 1, precision: 'float32' } as const;
    const logProbs = (await this.#engine.score(request)).logProbs.flat();
    return Math.exp(-logProbs.reduce((sum, value) => sum + value, 0) / logProbs.length);
  }
}

function sequencesOf(text: string): Sequence[] {
  const tokenizer = tinyTokenizer();
  const ids = (text.match(/[^]{1,4096}/g) ?? []).flatMap((part) => tokenizer.encode(part));
  const promptIds = [tokenizer.bosId];
  return Array.from({ length: Math.floor(ids.length / (LENGTH - 1)) }, (_, i) => ({
    ...{ promptIds, completionIds: ids.slice(i * (LENGTH - 1), (i + 1) * (LENGTH - 1)) },
  }));
}

function batchOf(texts: readonly Sequence[], seed: number, step: number): Sequence[] {
  const perEpoch = Math.floor(texts.length / BATCH);
  const order = permutation(texts.length, seed, 'kd', Math.floor(step / perEpoch));
  const start = (step % perEpoch) * BATCH;
  return order.slice(start, start + BATCH).map((index) => texts[index]!);
}

type Entries = readonly (readonly [id: number, weight: number])[];

/** Targets as the tokens and weights of each position. */
function entriesOf({ counts, ids, weights }: SparseTargets): Entries[] {
  let at = 0;
  return counts.map((count) => Array.from({ length: count }, () => [ids[at]!, weights[at++]!] as const));
}

function largest(entries: Entries): number {
  return entries.reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

/** Mean over positions of a token's target weight less its probability. */
export function excessOf(
  targets: readonly SparseTargets[],
  positions: readonly { readonly id: number; readonly probability: number }[],
): number {
  const drawn = targets.flatMap(entriesOf);
  const excesses = positions.map(({ id, probability }, i) => {
    const weight = drawn[i]!.reduce((sum, entry) => (entry[0] === id ? sum + entry[1] : sum), 0);
    return weight - probability;
  });
  return excesses.reduce((sum, value) => sum + value, 0) / excesses.length;
}
