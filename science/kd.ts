import { parameterCount } from '../model/gemma3/config.ts';
import type { Experiment, ExperimentContext } from './experiment.ts';
import {
  BATCH,
  DRAWS,
  KdLab,
  LENGTH,
  REPEATS,
  type Scores,
  STUDENT,
  TEACHER_STEPS,
  type TeacherName,
  TEACHERS,
  type Variant,
  VARIANTS,
} from './kd-lab.ts';
import type { Plot } from './plot.ts';
import { type Estimate, estimate, verdict, written } from './statistics.ts';

/** For the horizons; not those of earlier runs. The kinds of targets are compared on the first five. */
const SEEDS = [10, 11, 12, 13, 14, 15, 16, 17];
const VARIANT_SEEDS = SEEDS.slice(0, 5);
/** Optimizer steps, each its own run with its own schedule. */
const HORIZONS = [15, 60, 180];
const SAMPLED_HORIZON = 100;
/** A loss within this share of full distillation's counts as the same. */
const SAME = 0.01;
/** Draws for each position at which the bias is judged, and the probability that counts as none. */
const JUDGED_DRAWS = 16;
const NO_BIAS = 0.005;

export const experiment: Experiment = {
  claim:
    '256 sampled logits with counts give the loss of full distillation, renorm is biased to the head; a small teacher is better over short horizons, a large one over long',
  source: 'Gemma 3, arXiv 2503.19786, section 2.2 and Figure 8; Sparse Logit Sampling, arXiv 2503.16870',
  async run(context) {
    const lab = await KdLab.open(context);
    for (const name of Object.keys(TEACHERS) as TeacherName[]) await lab.trainTeacher(name);
    const bias = await lab.measureBias();
    const sampled = await compareVariants(lab, context);
    const horizons = await compareTeachers(lab, context);
    return { ...findingOf(lab, bias, sampled, horizons), seeds: SEEDS };
  },
};

type Sampled = Readonly<Record<Variant, readonly Scores[]>>;

/** Every kind of target at one horizon, from the large teacher: the same weights and order of text for each seed. */
async function compareVariants(lab: KdLab, { note }: ExperimentContext): Promise<Sampled> {
  const found = Object.fromEntries(Object.keys(VARIANTS).map((variant) => [variant, [] as Scores[]]));
  for (const seed of VARIANT_SEEDS) {
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
async function compareTeachers(lab: KdLab, { note }: ExperimentContext): Promise<Horizons> {
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

function findingOf(lab: KdLab, bias: Record<string, Estimate>, sampled: Sampled, horizons: Horizons) {
  const relative = (variant: Variant) => estimate(sampled[variant].map(({ kl }, i) => kl / sampled.full[i]!.kl - 1));
  const gaps = Object.fromEntries(
    (Object.keys(VARIANTS) as Variant[]).filter((name) => name !== 'full').map((name) => [name, relative(name)]),
  );
  const counts = gaps['counts 256']!;
  const isSame = counts.interval[0] > -SAME && counts.interval[1] < SAME;
  const [unbiased, biased] = [bias[`counts ${JUDGED_DRAWS}`]!, bias[`renorm ${JUDGED_DRAWS}`]!];
  const isUnbiased = Math.max(...unbiased.interval.map(Math.abs)) < NO_BIAS;
  const isBiased = biased.interval[0] > NO_BIAS;
  const [first, last] = [horizons[0]!.gap, horizons.at(-1)!.gap];
  const crosses = first.interval[0] > 0 && last.interval[1] < 0;
  const percent = (gap: Estimate) => `${written(gap, 2, 100)} %`;
  const perplexities = Object.entries(lab.teacherPerplexity).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return {
    parts: {
      '256 draws by counts give the loss of full distillation': isSame,
      'counts are unbiased': isUnbiased,
      'renorm is biased to the head': isBiased,
      'the small teacher is better at first, the large one at last': crosses,
    },
    analysis:
      `256 draws by counts against the full distribution (interval within ±${100 * SAME} %): ${verdict(isSame)}; the held-out KL to the ` +
      `teacher differs by ${percent(counts)}. What targets of ${JUDGED_DRAWS} draws give the likeliest token beyond its probability, over ` +
      `${REPEATS} repeats: counts ${written(unbiased, 4)}, none (within ±${NO_BIAS}): ${verdict(isUnbiased)}; renorm ${written(biased, 4)}, ` +
      `more than ${NO_BIAS}: ${verdict(isBiased)}; with 256 draws ${written(bias['counts 256']!, 4)} and ${written(bias['renorm 256']!, 4)}; ` +
      `renorm with 16: its students' KL differs by ${percent(gaps['renorm 16']!)}. Small teacher ahead at first, large ` +
      `one at last: ${verdict(crosses)}; perplexity with the large less with the small one is ` +
      `${horizons.map(({ steps, gap }) => `${written(gap, 4)} after ${steps} steps`).join(', ')}. ` +
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
        Object.entries(bias).map(([name, { interval }]) => [`excess of the likeliest, ${name}`, interval]),
      ),
      ...Object.fromEntries(
        Object.entries(gaps).map(([name, { interval }]) => [`klAgainstFull, ${name}`, interval] as const),
      ),
      ...Object.fromEntries(horizons.map(({ steps, gap }) => [`perplexityGap, ${steps}`, gap.interval] as const)),
    },
    plots: plotsOf(bias, horizons),
  };
}

function plotsOf(bias: Record<string, Estimate>, horizons: Horizons): Record<string, Plot> {
  return {
    'kd-bias': {
      title: 'What targets give the likeliest token beyond its probability (95 %)',
      ...{ xLabel: 'log2 of draws for each position', yLabel: 'probability' },
      series: (['counts', 'renorm'] as const).map((weighting) => ({
        label: weighting,
        points: DRAWS.map((samples) => {
          const { mean, interval } = bias[`${weighting} ${samples}`]!;
          return [Math.log2(samples), mean, ...interval] as const;
        }),
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
