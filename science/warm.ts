import { createEngine } from '../model/engine.ts';
import type { Engine } from '../model/api/engine.ts';
import type { Sequence } from '../model/api/sequences.ts';
import type { SetRef } from '../model/api/sets.ts';
import { pairAccuracy } from '../policies/reward-model.ts';
import type { Experiment } from './experiment.ts';
import {
  averageOf,
  encode,
  MEMBERS,
  type Pair,
  pairsOf,
  rewardsOf,
  samplesOf,
  SEEDS,
  trainRewardModels,
} from './reward-models.ts';
import { estimate, type Estimate, verdict, written } from './statistics.ts';

const TEST_PAIRS = 1024;
const PARTS = ['train, clean', 'train, swapped', 'in distribution', 'out of distribution'] as const;
const MODELS = ['single', 'ensemble', 'average'] as const;
type Part = (typeof PARTS)[number];
type Model = (typeof MODELS)[number];

export const experiment: Experiment = {
  claim:
    'With a quarter of the labels swapped, the weight average fits swapped pairs less than the ensemble and is no worse out of distribution; the midpoint of unrelated reward models is near chance',
  source: 'WARM, arXiv 2401.12187, Observation 3, Figure 4, section 3.1',
  async run({ note, scratch }) {
    const engine = await createEngine();
    const runs: { accuracy: Record<Part, Record<Model, number>>; midpoint: number; endpoint: number }[] = [];
    for (const seed of SEEDS) {
      note(`seed ${seed}`);
      runs.push(await runOf(engine, scratch, seed));
    }
    const gap = (part: Part) => estimate(runs.map(({ accuracy }) => accuracy[part].average - accuracy[part].ensemble));
    const gaps = Object.fromEntries(PARTS.map((part) => [part, gap(part)])) as Record<Part, ReturnType<typeof gap>>;
    const overSingle = estimate(runs.map(({ accuracy: { 'out of distribution': of } }) => of.average - of.single));
    // In pairs: the models of a seed are good or bad together. Near chance means nearer to it than to the weaker of the two.
    const midpoint = estimate(runs.map((run) => run.midpoint));
    const endpoint = estimate(runs.map((run) => run.endpoint));
    const fall = estimate(runs.map((run) => run.midpoint - run.endpoint));
    const overHalfway = estimate(runs.map((run) => run.midpoint - (0.5 + run.endpoint) / 2));
    const fitsLess = gaps['train, swapped'].interval[1] < 0;
    const notWorse = gaps['out of distribution'].interval[0] > -0.01;
    const midpointFails = fall.interval[1] < 0;
    const isNearChance = overHalfway.interval[1] < 0;
    const points = (value: Estimate) => `${written(value, 1, 100)} points`;
    return {
      parts: {
        'fits swapped pairs less than the ensemble': fitsLess,
        'no worse out of distribution': notWorse,
        'the midpoint of unrelated models fails': midpointFails,
        'that midpoint is near chance': isNearChance,
      },
      analysis:
        `Average less ensemble of ${MEMBERS}: on swapped pairs ${points(gaps['train, swapped'])}, fits them less: ` +
        `${verdict(fitsLess)}; on clean training pairs ${points(gaps['train, clean'])}; in distribution ` +
        `${points(gaps['in distribution'])}; out of distribution ${points(gaps['out of distribution'])}, no more than a point ` +
        `worse: ${verdict(notWorse)}. Average less the mean single model out of distribution: ${points(overSingle)}. The ` +
        `midpoint of two reward models of unrelated initialisation, data and order ranks ${(100 * midpoint.mean).toFixed(1)} % ` +
        `right, the weaker of the two ${(100 * endpoint.mean).toFixed(1)} %, in pairs ${points(fall)}, so it fails: ` +
        `${verdict(midpointFails)}; nearer to chance than to the weaker of the two: ${verdict(isNearChance)}.`,
      seeds: SEEDS,
      numbers: { perSeed: runs },
      intervals: {
        ...Object.fromEntries(PARTS.map((part) => [`average less ensemble, ${part}`, gaps[part].interval])),
        'average less single, out of distribution': overSingle.interval,
        'midpoint of unrelated models': midpoint.interval,
        'the weaker of the two': endpoint.interval,
        'midpoint less the weaker of the two': fall.interval,
        'midpoint less halfway from chance to the weaker': overHalfway.interval,
      },
      plots: {
        warm: {
          title: 'A quarter of the labels swapped: 1 train clean, 2 swapped, 3 in distribution, 4 out',
          ...{ xLabel: 'pairs', yLabel: 'share ranked as labelled' },
          series: MODELS.map((model, m) => ({
            ...{ label: model, style: 'points' as const },
            points: PARTS.map((part, i) => {
              const { mean, interval } = estimate(runs.map(({ accuracy }) => accuracy[part][model]));
              return [i + 1 + 0.12 * (m - 1), mean, ...interval] as const;
            }),
          })),
        },
      },
    };
  },
};

async function runOf(engine: Engine, scratch: string, seed: number) {
  const made = await trainRewardModels(engine, scratch, seed);
  const { members, average, train } = made;
  const parts: Record<Part, Pair[]> = {
    'train, clean': train.filter(({ swapped }) => !swapped),
    'train, swapped': train.filter(({ swapped }) => swapped),
    'in distribution': pairsOf(TEST_PAIRS, seed, 'id'),
    'out of distribution': pairsOf(TEST_PAIRS, seed, 'ood'),
  };
  const accuracy = {} as Record<Part, Record<Model, number>>;
  for (const part of PARTS) {
    const texts = await encode(engine, average.name, samplesOf(parts[part]));
    accuracy[part] = await accuraciesOf(engine, texts, members, average);
  }

  const stranger = await trainRewardModels(engine, scratch, seed + 1000, 1);
  const unrelated = [members[0]!, stranger.members[0]!];
  const midpoint = await averageOf(engine, unrelated, `${seed}/midpoint`);
  const test = await encode(engine, average.name, samplesOf(parts['in distribution']));
  const ends: number[] = [];
  for (const set of unrelated) ends.push(accuracyOf(await differencesOf(engine, test, set)));
  const result = {
    ...{ accuracy, midpoint: accuracyOf(await differencesOf(engine, test, midpoint)) },
    endpoint: Math.min(...ends),
  };
  const all = [...members, average, made.policy, ...stranger.members, stranger.average, stranger.policy, midpoint];
  for (const { name } of all) await engine.drop(name);
  return result;
}

async function accuraciesOf(
  engine: Engine,
  texts: readonly Sequence[],
  members: readonly SetRef[],
  average: SetRef,
): Promise<Record<Model, number>> {
  const each: number[][] = [];
  for (const member of members) each.push(await differencesOf(engine, texts, member));
  const ensemble = each[0]!.map((_, i) => each.reduce((sum, differences) => sum + differences[i]!, 0));
  return {
    single: each.map(accuracyOf).reduce((sum, value) => sum + value, 0) / each.length,
    ensemble: accuracyOf(ensemble),
    average: accuracyOf(await differencesOf(engine, texts, average)),
  };
}

/** r(chosen) − r(rejected) of each pair. texts: chosen and rejected by turns. */
async function differencesOf(engine: Engine, texts: readonly Sequence[], set: SetRef): Promise<number[]> {
  const rewards = await rewardsOf(engine, set, texts);
  return Array.from({ length: texts.length / 2 }, (_, i) => rewards[2 * i]! - rewards[2 * i + 1]!);
}

function accuracyOf(differences: readonly number[]): number {
  return pairAccuracy(differences.map((difference) => ({ chosen: difference, rejected: 0 })));
}
