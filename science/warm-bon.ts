import { createEngine } from '../model/engine.ts';
import type { Engine } from '../model/api/engine.ts';
import type { Experiment } from './experiment.ts';
import { encode, MEMBERS, rewardsOf, type Sample, SEEDS, trainRewardModels, trueReward } from './reward-models.ts';
import { estimate, written } from './statistics.ts';
import { byTurns } from './tiny-models.ts';

const PROMPTS = 40;
const SAMPLES = 128;
const NS = [1, 2, 4, 8, 16, 32, 64, 128];
const JUDGES = ['single', 'ensemble', 'average', 'true reward'] as const;
type Judge = (typeof JUDGES)[number];

export const experiment: Experiment = {
  claim: 'Best-of-N chosen by the weight average of reward models has a higher true reward than chosen by a single one',
  source: 'WARM, arXiv 2401.12187, section 5.1 and Figure 6',
  async run({ note, scratch }) {
    const engine = await createEngine();
    const curves: Record<Judge, number[]>[] = [];
    for (const seed of SEEDS) {
      note(`seed ${seed}`);
      curves.push(await curvesOf(engine, scratch, seed));
    }
    const last = NS.length - 1;
    const gain = estimate(curves.map(({ average, single }) => average[last]! - single[last]!));
    const overEnsemble = estimate(curves.map(({ average, ensemble }) => average[last]! - ensemble[last]!));
    const falls = estimate(curves.map(({ single }) => Math.max(...single) - single[last]!));
    return {
      parts: { 'the average chooses better than a single one': gain.interval[0] > 0 },
      analysis:
        `True reward of the best of ${SAMPLES}, average less single: ${written(gain)}; average less ensemble of ${MEMBERS}: ` +
        `${written(overEnsemble)}. A single model's choice at N = ${SAMPLES} is ${written(falls)} below its own best N. Counted as ` +
        `shown when the first interval is above 0. ${PROMPTS} prompts a seed; "single" is the mean over the ${MEMBERS} members.`,
      seeds: SEEDS,
      numbers: { n: NS, perSeed: curves },
      intervals: {
        [`average less single at N ${SAMPLES}`]: gain.interval,
        [`average less ensemble at N ${SAMPLES}`]: overEnsemble.interval,
        'fall of a single model from its best N': falls.interval,
      },
      plots: {
        'warm-bon': {
          title: 'True reward of the best of N, by who chooses (mean over seeds, 95 %)',
          ...{ xLabel: 'log2 N', yLabel: 'true reward' },
          series: JUDGES.map((judge) => ({
            label: judge,
            points: NS.map((n, i) => {
              const { mean, interval } = estimate(curves.map((curve) => curve[judge][i]!));
              return [Math.log2(n), mean, ...interval] as const;
            }),
          })),
        },
      },
    };
  },
};

async function curvesOf(engine: Engine, scratch: string, seed: number): Promise<Record<Judge, number[]>> {
  const { members, average, policy } = await trainRewardModels(engine, scratch, seed);
  // [samples][prompts]: the groups of best-of-N are columns.
  const flat = byTurns(await samplesOf(engine, policy, seed));
  const truth = flat.map(trueReward);
  const texts = await encode(engine, policy.name, flat);
  const each: (readonly number[])[] = [];
  for (const member of members) each.push(await rewardsOf(engine, member, texts));
  const ensemble = flat.map((_, i) => each.reduce((sum, rewards) => sum + rewards[i]!, 0));
  const curve = (scores: readonly number[]) => NS.map((n) => bestOfN(scores, truth, n));
  const singles = each.map(curve);
  const result = {
    single: NS.map((_, i) => singles.reduce((sum, one) => sum + one[i]!, 0) / singles.length),
    ensemble: curve(ensemble),
    average: curve(await rewardsOf(engine, average, texts)),
    'true reward': curve(truth),
  };
  for (const { name } of [...members, average, policy]) await engine.drop(name);
  return result;
}

/** Samples of the language model, [prompts][samples]. */
async function samplesOf(engine: Engine, policy: { name: string; version: number }, seed: number): Promise<Sample[][]> {
  const items = Array.from({ length: PROMPTS }, (_, i) => ({ prompt: `${i % 10}:` }));
  const ids = await engine.tokenize({ set: policy.name, items, chat: false });
  const groups: Sample[][] = [];
  await engine.generate(
    {
      ...{ set: policy, numGenerations: SAMPLES, seed, precision: 'float32' },
      prompts: ids.map(({ promptIds }, i) => ({ id: String(i), promptIds })),
      sampling: { maxTokens: 16, temperature: 1, topK: 0, topP: 1 },
    },
    ({ promptIndex, completions }) =>
      (groups[promptIndex] = completions.map(({ text }) => ({ digit: promptIndex % 10, text: text || '-' }))),
  );
  return groups;
}

/** Mean true reward of what scores best among N samples of a prompt, over all blocks of N. Both [samples][prompts], flat. */
function bestOfN(scores: readonly number[], truth: readonly number[], n: number): number {
  let total = 0;
  let blocks = 0;
  for (let prompt = 0; prompt < PROMPTS; prompt++) {
    for (let start = 0; start + n <= SAMPLES; start += n) {
      let best = start * PROMPTS + prompt;
      for (let i = start + 1; i < start + n; i++)
        if (scores[i * PROMPTS + prompt]! > scores[best]!) best = i * PROMPTS + prompt;
      total += truth[best]!;
      blocks++;
    }
  }
  return total / blocks;
}
