import { createEngine } from '../model/engine.ts';
import type { Experiment, Finding } from './experiment.ts';
import { type Measured, RlLab } from './rl-lab.ts';
import { jbond, rloo, SAMPLES } from './rl-methods.ts';
import { estimate, gapAtEqual, verdict, written } from './statistics.ts';

/** Not those of the trials in which steps and rate were chosen. */
const SEEDS = [50, 51, 52, 53];
const STEPS = 80;
const EVERY = 10;
const LEARNING_RATE = 3e-3;
const ETAS = [0.02, 0.05, 0.1];
/** The one of them that the rule is about: its sweep's middle. */
const ETA = 0.05;
const BETAS = [0.01, 0.03, 0.1, 0.3];
/** A reward this much lower at the same KL counts as not below; rewards lie in [0, 1]. */
const MARGIN = 0.005;
const NS = [1, 2, 4, 8, 16, 32, 64, 128];
/** Strengths of the exact optimum, as far as 512 samples of a prompt can say. */
const TILTS = [10, 0.5, 0.25, 0.15, 0.1, 0.08, 0.06, 0.05, 0.04];

const METHODS = new Map([
  ...ETAS.map((eta) => [`J-BOND η ${eta}`, jbond(eta)] as const),
  ...BETAS.map((beta) => [`REINFORCE β ${beta}`, rloo(beta)] as const),
]);

interface Run {
  readonly paths: ReadonlyMap<string, readonly Measured[]>;
  readonly limits: Awaited<ReturnType<RlLab['limits']>>;
}

export const experiment: Experiment = {
  claim:
    "At equal KL to the start J-BOND's reward is not below REINFORCE leave-one-out's, whatever the latter's KL coefficient",
  source: 'BOND, arXiv 2407.14622, Figure 7',
  async run({ note, scratch }) {
    const engine = await createEngine();
    const runs: Run[] = [];
    for (const seed of SEEDS) {
      const lab = await RlLab.open(engine, scratch, seed);
      const limits = await lab.limits(NS, TILTS);
      const paths = new Map<string, readonly Measured[]>();
      for (const [name, method] of METHODS) {
        const training = { name: `${seed}/${name}`, source: lab.source, method, steps: STEPS, every: EVERY };
        const { policy, path } = await lab.train({ ...training, learningRate: LEARNING_RATE });
        await engine.drop(policy.name);
        paths.set(name, path);
        note(`seed ${seed}, ${name}: reward ${path.at(-1)!.reward.toFixed(3)}, KL ${path.at(-1)!.kl.toFixed(2)}`);
      }
      await engine.drop(lab.start.name);
      runs.push({ paths, limits });
    }
    return findingOf(runs);
  },
};

const pointsOf = (path: readonly Measured[]) => path.map(({ kl, reward }) => [kl, reward] as const);

function findingOf(runs: readonly Run[]): Finding {
  const gaps = ETAS.flatMap((eta) =>
    BETAS.map((beta) => {
      const between = runs.map(({ paths }) =>
        gapAtEqual(pointsOf(paths.get(`J-BOND η ${eta}`)!), pointsOf(paths.get(`REINFORCE β ${beta}`)!)),
      );
      return { eta, beta, perSeed: between, gap: estimate(between) };
    }),
  );
  const judged = gaps.filter(({ eta }) => eta === ETA);
  const isNotBelow = judged.every(({ gap }) => gap.interval[0] > -MARGIN);
  const isAbove = judged.every(({ gap }) => gap.interval[0] > 0);
  const ends = [...METHODS.keys()].map((name) => {
    const last = runs.map(({ paths }) => paths.get(name)!.at(-1)!);
    return { name, reward: estimate(last.map(({ reward }) => reward)), kl: estimate(last.map(({ kl }) => kl)) };
  });
  const list = (rows: typeof gaps) => rows.map(({ beta, gap }) => `${written(gap, 4)} at β ${beta}`).join(', ');
  return {
    parts: { 'not below at any β': isNotBelow },
    analysis:
      `Reward of J-BOND with η ${ETA} less REINFORCE's, best up to each KL, averaged over the KL that both reach: ${list(judged)}; not below by ` +
      `more than ${MARGIN} at any β: ${verdict(isNotBelow)}; above at every β: ${verdict(isAbove)}. ` +
      ETAS.filter((eta) => eta !== ETA)
        .map((eta) => `With η ${eta}: ${list(gaps.filter((each) => each.eta === eta))}. `)
        .join('') +
      `After ${STEPS} steps: ${ends.map(({ name, reward, kl }) => `${name} ${written(reward)} at ${written(kl, 2)} nats`).join('; ')}. ` +
      `Equal for both: the start, ${SAMPLES} samples a step (J-BOND 32 prompts with 3, REINFORCE 48 with 2), AdamW at ${LEARNING_RATE}, ` +
      `gradients clipped to norm 1, ${STEPS} steps. Not equal: J-BOND trains on 64 of the samples, REINFORCE on 96. Best of N stands at ` +
      'its KL bound; the optimum is the most any policy can have at a KL.',
    seeds: SEEDS,
    numbers: { gaps, ends, perSeed: runs.map(({ paths, limits }) => ({ limits, paths: Object.fromEntries(paths) })) },
    intervals: Object.fromEntries(
      gaps.map(({ eta, beta, gap }) => [`J-BOND η ${eta} less REINFORCE β ${beta}`, gap.interval]),
    ),
    plots: { 'jbond-front': plotOf(runs) },
  };
}

function plotOf(runs: readonly Run[]) {
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const paths = [...METHODS.keys()].map((label, i) => ({
    ...{ label, colour: i, style: i < ETAS.length ? ('line' as const) : ('dashed' as const) },
    points: Array.from({ length: STEPS / EVERY + 1 }, (_, mark) => {
      const at = runs.map((run) => run.paths.get(label)![mark]!);
      const reward = estimate(at.map((each) => each.reward));
      return [meanOf(at.map(({ kl }) => kl)), reward.mean, ...reward.interval] as const;
    }),
  }));
  const limits = (['bestOfN', 'optimum'] as const).map((which, i) => ({
    ...{ label: which === 'bestOfN' ? 'best of N' : 'optimum', colour: 6 + i, style: 'line' as const },
    points: runs[0]!.limits[which].map((_, k) => {
      const at = runs.map(({ limits }) => limits[which][k]!);
      return [meanOf(at.map(([kl]) => kl)), meanOf(at.map(([, reward]) => reward))] as const;
    }),
  }));
  return {
    title: 'Reward against KL to the start (mean over seeds, 95 %)',
    ...{ xLabel: 'KL to the start (nats)', yLabel: 'E[r]', series: [...paths, ...limits] },
  };
}
