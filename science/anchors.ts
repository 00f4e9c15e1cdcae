import type { Experiment } from './experiment.ts';
import { estimate, heightAt, verdict } from './statistics.ts';
import { movingAverage, sampledGradient, walk, type Place } from './tabular.ts';

const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];
const STEPS = 300;
const PROMPTS = 16;
const RATE = 0.5;
/** The moving average of the paper's figure, and a hard update as often as its comparison: every 50 steps. */
const ETA = 0.02;
const EVERY = 50;

const KINDS = {
  ema: movingAverage(ETA),
  hard: (anchor: readonly number[], policy: readonly number[], step: number) => (step % EVERY === 0 ? policy : anchor),
};

export const experiment: Experiment = {
  claim:
    'A moving-average anchor reaches the same reward as hard updates every 50 steps, at a lower KL and on a smoother path',
  source: 'BOND, arXiv 2407.14622, Figure 5',
  async run({ note }) {
    const runs = SEEDS.map((seed) => {
      note(`seed ${seed}`);
      const gradient = sampledGradient(seed, PROMPTS, {});
      const path = (kind: keyof typeof KINDS) =>
        walk({ steps: STEPS, rate: RATE, gradient, anchorAfter: KINDS[kind] }).places;
      return { ema: path('ema'), hard: path('hard') };
    });
    // At one reward, for the paths differ in speed: halfway between the start and what both reach.
    const compared = runs.map(({ ema, hard }) => {
      const reached = Math.min(...[ema, hard].map((places) => Math.max(...places.map(({ reward }) => reward))));
      const target = (ema[0]!.reward + reached) / 2;
      return { klGap: klAt(hard, target) - klAt(ema, target), roughnessRatio: roughness(hard) / roughness(ema) };
    });
    const klGap = estimate(compared.map((each) => each.klGap));
    const roughnessRatio = estimate(compared.map((each) => each.roughnessRatio));
    const isLower = klGap.interval[0] > 0;
    const isSmoother = roughnessRatio.interval[0] > 1;
    return {
      parts: { 'lower KL at the same reward': isLower, 'smoother path': isSmoother },
      analysis:
        `Lower KL at the same reward: ${verdict(isLower)}; hard updates need ${klGap.mean.toFixed(4)} nats more ` +
        `(${klGap.interval.map((value) => value.toFixed(4)).join(' to ')}). Smoother: ${verdict(isSmoother)}; the second difference of ` +
        `the reward, averaged over 10 steps, is ${roughnessRatio.mean.toFixed(2)} times as large with hard updates ` +
        `(${roughnessRatio.interval.map((value) => value.toFixed(2)).join(' to ')}). Five completions, ${PROMPTS} prompts a step, ` +
        `η = ${ETA} against every ${EVERY} steps.`,
      seeds: SEEDS,
      numbers: { klGap: klGap.mean, roughnessRatio: roughnessRatio.mean, perSeed: compared },
      intervals: { klGap: klGap.interval, roughnessRatio: roughnessRatio.interval },
      plots: {
        anchors: {
          ...{ title: 'Moving average against hard updates (mean over seeds)', xLabel: 'step', yLabel: 'E[r], and KL' },
          series: (['ema', 'hard'] as const).flatMap((kind, colour) =>
            (['reward', 'kl'] as const).map((what) => ({
              label: `${kind}, ${what}`,
              colour,
              style: what === 'reward' ? ('line' as const) : ('dashed' as const),
              points: Array.from({ length: STEPS / 5 + 1 }, (_, i) => {
                const values = runs.map((run) => run[kind][5 * i]![what]);
                return [5 * i, values.reduce((sum, value) => sum + value, 0) / values.length] as const;
              }),
            })),
          ),
        },
      },
    };
  },
};

/** KL where the path first reaches a reward. */
function klAt(places: readonly Place[], reward: number): number {
  const end = places.findIndex((place) => place.reward >= reward);
  const around = places.slice(Math.max(0, end - 1), end + 1).map((place) => [place.reward, place.kl] as const);
  return heightAt(around, reward)!;
}

/** Root mean square of the change of pace from ten steps to the next ten. */
function roughness(places: readonly Place[]): number {
  const marks = places.filter((_, step) => step % 10 === 0).map(({ reward }) => reward);
  const bends = marks.slice(2).map((value, i) => value - 2 * marks[i + 1]! + marks[i]!);
  return Math.sqrt(bends.reduce((sum, value) => sum + value ** 2, 0) / bends.length);
}
