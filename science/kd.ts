import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { TINY_CONFIG, tinyTokenizer } from '../model/checkpoints/tiny-preset.ts';
import { writeCheckpoint } from '../model/checkpoints/write-checkpoint.ts';
import { createEngine } from '../model/engine.ts';
import type { Distillation, Engine, Sequence, SetRef, TeacherDraw } from '../model/engine-api.ts';
import { type Gemma3Config, parameterCount, parameterShapes } from '../model/gemma3/config.ts';
import { permutation, uniforms } from '../sdk/random.ts';
import type { Experiment, ExperimentContext } from './experiment.ts';
import type { Plot } from './plot.ts';
import { type Estimate, estimate } from './statistics.ts';

const SEEDS = [0, 1, 2];
/** Optimizer steps, each its own run with its own schedule. */
const HORIZONS = [15, 60, 180];
const SAMPLED_HORIZON = 100;
const TEACHER_STEPS = 300;
const BATCH = 16;
const LENGTH = 64;
const LEARNING_RATE = 4e-3;
/** A loss within this share of full distillation's counts as the same. */
const SAME = 0.01;

const shape = (hiddenSize: number, layers: number): Gemma3Config => ({
  ...{ ...TINY_CONFIG, hiddenSize, intermediateSize: 3 * hiddenSize, numHiddenLayers: layers },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: hiddenSize / 2, queryPreAttnScalar: hiddenSize / 2 },
  ...{ slidingWindow: 16, slidingWindowPattern: 2 },
});
const STUDENT = shape(24, 2);
const TEACHERS = { small: shape(48, 2), large: shape(96, 4) };
type TeacherName = keyof typeof TEACHERS;

const VARIANTS = {
  full: null,
  'counts 256': { samples: 256, weighting: 'counts' },
  'renorm 16': { samples: 16, weighting: 'renorm' },
} as const;
type Variant = keyof typeof VARIANTS;

export const experiment: Experiment = {
  claim:
    '256 sampled logits with counts give the loss of full distillation, renorm is biased to the head; a small teacher is better over short horizons, a large one over long',
  source: 'Gemma 3, arXiv 2503.19786, section 2.2 and Figure 8; Sparse Logit Sampling, arXiv 2503.16870',
  async run(context) {
    const lab = await Lab.open(context);
    for (const name of Object.keys(TEACHERS) as TeacherName[]) await lab.trainTeacher(name);
    const bias = await lab.measureBias();
    const sampled = await compareVariants(lab, context);
    const horizons = await compareTeachers(lab, context);
    return { ...findingOf(lab, bias, sampled, horizons), seeds: SEEDS };
  },
};

interface Scores {
  /** Mean KL(teacher‖student) of a held-out token, nats. */
  readonly kl: number;
  /** Of held-out text, per token. */
  readonly perplexity: number;
}

/** The models and the text, on an engine of their own. */
class Lab {
  readonly #engine: Engine;
  readonly #scratch: string;
  readonly #note: (line: string) => void;
  readonly #texts: { readonly teacher: Sequence[]; readonly student: Sequence[]; readonly heldOut: Sequence[] };
  readonly teacherPerplexity: Partial<Record<TeacherName, number>> = {};
  #runs = 0;

  static async open({ scratch, note }: ExperimentContext): Promise<Lab> {
    return new Lab(await createEngine(), scratch, note);
  }

  private constructor(engine: Engine, scratch: string, note: (line: string) => void) {
    this.#engine = engine;
    this.#scratch = scratch;
    this.#note = note;
    const file = join(import.meta.dirname, '../../shared/data/eval/long-text/frankenstein.txt');
    const sequences = sequencesOf(readFileSync(file, 'utf8'));
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

  /** Distance (total variation) of the mean target over many draws from the teacher's distribution, by kind of draw. */
  async measureBias(): Promise<Record<string, number>> {
    const repeats = 24;
    const targets = (draw: TeacherDraw) =>
      this.#engine.teacherTargets({
        ...{ teacher: { name: 'teacher/large', version: TEACHER_STEPS }, student: 'teacher/large', draw },
        sequences: this.#texts.heldOut.slice(0, 4).map((sequence, i) => ({ ...sequence, id: `held out ${i}` })),
        ...{ temperature: 1, precision: 'float32' },
      });
    // So many draws miss next to nothing: renormalised over them, it is the distribution itself.
    const exact = densify(await targets({ samples: 4096, weighting: 'renorm', topK: 0, seed: 0 }));
    const found: Record<string, number> = {};
    for (const samples of [4, 16, 64, 256]) {
      for (const weighting of ['counts', 'renorm'] as const) {
        const mean = exact.map(() => new Float64Array(STUDENT.vocabSize));
        for (let seed = 1; seed <= repeats; seed++) {
          densify(await targets({ samples, weighting, topK: 0, seed })).forEach((row, i) =>
            row.forEach((value, v) => (mean[i]![v]! += value / repeats)),
          );
        }
        const distances = mean.map(
          (row, i) => row.reduce((sum, value, v) => sum + Math.abs(value - exact[i]![v]!), 0) / 2,
        );
        found[`${weighting} ${samples}`] = distances.reduce((sum, value) => sum + value, 0) / distances.length;
      }
    }
    this.#note(`distance of the mean target: ${JSON.stringify(found)}`);
    return found;
  }

  async #load(name: string, config: Gemma3Config, seed: number): Promise<void> {
    const folder = join(this.#scratch, `${name.replace('/', '-')}`);
    const tensors = [...parameterShapes(config)].map(([tensor, shape]) => ({
      ...{ name: tensor, shape, read: () => initial(config, seed, tensor, shape) },
    }));
    await writeCheckpoint(folder, { config, tokenizer: tinyTokenizer(), tensors });
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
      optimizer: { learningRate, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
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

function initial(config: Gemma3Config, seed: number, name: string, shape: readonly number[]): Float32Array {
  const [rows, width] = shape;
  if (width === undefined) return new Float32Array(rows!);
  const amplitude = Math.sqrt(3) * (rows === config.vocabSize ? 0.1 : width ** -0.5);
  return uniforms(rows! * width, seed, 'kd', name).map((value) => (2 * value - 1) * amplitude);
}

/** Targets as one distribution for each token. */
function densify(targets: Awaited<ReturnType<Engine['teacherTargets']>>): Float64Array[] {
  return targets.flatMap(({ counts, ids, weights }) => {
    let at = 0;
    return counts.map((count) => {
      const row = new Float64Array(STUDENT.vocabSize);
      for (const end = at + count; at < end; at++) row[ids[at]!]! += weights[at]!;
      return row;
    });
  });
}

type Sampled = Readonly<Record<Variant, readonly Scores[]>>;

/** Every kind of target at one horizon, from the large teacher: the same weights and order of text for each seed. */
async function compareVariants(lab: Lab, { note }: ExperimentContext): Promise<Sampled> {
  const found = Object.fromEntries(Object.keys(VARIANTS).map((variant) => [variant, [] as Scores[]]));
  for (const seed of SEEDS) {
    for (const variant of Object.keys(VARIANTS) as Variant[]) {
      const scores = await lab.distilled('large', SAMPLED_HORIZON, seed, variant);
      found[variant]!.push(scores);
      note(`seed ${seed}, ${variant}: KL ${scores.kl.toFixed(5)}, perplexity ${scores.perplexity.toFixed(4)}`);
    }
  }
  return found as unknown as Sampled;
}

type Horizons = readonly { readonly steps: number; readonly gap: Estimate; readonly perSeed: readonly number[] }[];

/** Perplexity of the large teacher's student less that of the small one's, in pairs, by horizon. */
async function compareTeachers(lab: Lab, { note }: ExperimentContext): Promise<Horizons> {
  const found = [];
  for (const steps of HORIZONS) {
    const perSeed: number[] = [];
    for (const seed of SEEDS) {
      const small = await lab.distilled('small', steps, seed, 'full');
      const large = await lab.distilled('large', steps, seed, 'full');
      perSeed.push(large.perplexity - small.perplexity);
    }
    found.push({ steps, gap: estimate(perSeed), perSeed });
    note(`horizon ${steps}: perplexity of large less small ${perSeed.map((value) => value.toFixed(4)).join(', ')}`);
  }
  return found;
}

function findingOf(lab: Lab, bias: Record<string, number>, sampled: Sampled, horizons: Horizons) {
  const relative = (variant: Variant) => estimate(sampled[variant].map(({ kl }, i) => kl / sampled.full[i]!.kl - 1));
  const gaps = Object.fromEntries(
    (Object.keys(VARIANTS) as Variant[]).filter((name) => name !== 'full').map((name) => [name, relative(name)]),
  );
  const counts = gaps['counts 256']!;
  const isSame = counts.interval[0] > -SAME && counts.interval[1] < SAME;
  const isBiased = bias['renorm 16']! > 2 * bias['counts 16']!;
  const [first, last] = [horizons[0]!.gap, horizons.at(-1)!.gap];
  const crosses = first.interval[0] > 0 && last.interval[1] < 0;
  const percent = ({ mean, interval }: Estimate) =>
    `${(100 * mean).toFixed(2)} % (${interval.map((value) => (100 * value).toFixed(2)).join(' to ')})`;
  const verdict = (holds: boolean) => (holds ? 'shown' : 'not shown');
  const perplexities = Object.entries(lab.teacherPerplexity).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return {
    shown: isSame && isBiased && crosses,
    analysis:
      `256 draws by counts against the full distribution (interval within ±${100 * SAME} %): ${verdict(isSame)}; the held-out KL to the ` +
      `teacher differs by ${percent(counts)}. Renorm is biased (mean target more than ` +
      `twice as far from the teacher as that of counts at 16 draws): ${verdict(isBiased)}, ${bias['renorm 16']!.toFixed(4)} against ` +
      `${bias['counts 16']!.toFixed(4)}, at 256 draws ${bias['renorm 256']!.toFixed(4)} against ${bias['counts 256']!.toFixed(4)}; ` +
      `with 16 its students' KL differs by ${percent(gaps['renorm 16']!)}. Small teacher ahead at first, large ` +
      `one at last: ${verdict(crosses)}; perplexity with the large less with the small one is ` +
      `${horizons.map(({ steps, gap }) => `${gap.mean.toFixed(4)} (${gap.interval.map((value) => value.toFixed(4)).join(' to ')}) after ${steps} steps`).join(', ')}. ` +
      `Held-out perplexity of the teachers, trained ${TEACHER_STEPS} steps and so not to their end: ${perplexities.join(', ')}. ` +
      `Students of ${parameterCount(STUDENT)} parameters, batches of ${BATCH * (LENGTH - 1)} characters.`,
    numbers: {
      ...{ bias, horizons, sampled, teacherPerplexity: lab.teacherPerplexity },
      parameters: {
        student: parameterCount(STUDENT),
        small: parameterCount(TEACHERS.small),
        large: parameterCount(TEACHERS.large),
      },
    },
    intervals: {
      ...Object.fromEntries(
        Object.entries(gaps).map(([name, { interval }]) => [`klAgainstFull, ${name}`, interval] as const),
      ),
      ...Object.fromEntries(horizons.map(({ steps, gap }) => [`perplexityGap, ${steps}`, gap.interval] as const)),
    },
    plots: plotsOf(bias, horizons),
  };
}

function plotsOf(bias: Record<string, number>, horizons: Horizons): Record<string, Plot> {
  return {
    'kd-bias': {
      title: 'Distance of the mean target from the teacher (mean over 24 draws)',
      ...{ xLabel: 'log2 of draws for each position', yLabel: 'total variation' },
      series: (['counts', 'renorm'] as const).map((weighting) => ({
        label: weighting,
        points: [4, 16, 64, 256].map((samples) => [Math.log2(samples), bias[`${weighting} ${samples}`]!] as const),
      })),
    },
    'kd-horizons': {
      title: 'Large against small teacher',
      ...{ xLabel: 'log10 of optimizer steps', yLabel: 'perplexity, large less small' },
      series: [
        {
          label: 'large − small',
          points: horizons.map(({ steps, gap }) => [Math.log10(steps), gap.mean, ...gap.interval] as const),
        },
      ],
    },
  };
}
