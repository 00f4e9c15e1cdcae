import { createEngine } from '../model/engine.ts';
import type { Engine } from '../model/engine-api.ts';
import type { Experiment } from './experiment.ts';
import { MEMBERS, rewardsOf, trainRewardModels, trueReward, type Sample } from './reward-models.ts';
import { estimate } from './statistics.ts';

/** Not those of the trials in which the task was set up. */
const SEEDS = [30, 31, 32];
const PROMPTS = 60;
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
    const shown = gain.interval[0] > 0;
    const text = ({ mean, interval }: ReturnType<typeof estimate>) =>
      `${mean.toFixed(3)} (${interval.map((value) => value.toFixed(3)).join(' to ')})`;
    return {
      shown,
      analysis:
        `True reward of the best of ${SAMPLES}, average less single: ${text(gain)}; average less ensemble of ${MEMBERS}: ` +
        `${text(overEnsemble)}. A single model's choice at N = ${SAMPLES} is ${text(falls)} below its own best N. Counted as ` +
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
  const { members, average, policy } = await trainRewardModels(engine, scratch, { seed });
  const groups = await samplesOf(engine, policy, seed);
  const flat = groups.flat();
  const truth = flat.map(trueReward);
  const each: (readonly number[])[] = [];
  for (const member of members) each.push(await rewardsOf(engine, member, flat));
  const ensemble = flat.map((_, i) => each.reduce((sum, rewards) => sum + rewards[i]!, 0));
  const curve = (scores: readonly number[]) => NS.map((n) => bestOfN(scores, truth, n));
  const singles = each.map(curve);
  const result = {
    single: NS.map((_, i) => singles.reduce((sum, one) => sum + one[i]!, 0) / singles.length),
    ensemble: curve(ensemble),
    average: curve(await rewardsOf(engine, average, flat)),
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

/** Mean true reward of what scores best among the first N of each group, over all blocks of N. */
function bestOfN(scores: readonly number[], truth: readonly number[], n: number): number {
  let total = 0;
  let blocks = 0;
  for (let start = 0; start + n <= scores.length; start += n) {
    let best = start;
    for (let i = start + 1; i < start + n; i++) if (scores[i]! > scores[best]!) best = i;
    total += truth[best]!;
    blocks++;
  }
  return total / blocks;
}
