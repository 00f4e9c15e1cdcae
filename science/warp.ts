import { join } from 'node:path';

import { createEngine } from '../model/engine.ts';
import type { Engine } from '../model/api/engine.ts';
import type { SetRef } from '../model/api/sets.ts';
import { litiWeights, slerpLambdas } from '../policies/warp.ts';
import type { Experiment } from './experiment.ts';
import { LAB_CONFIG, type Measured, RlLab } from './rl-lab.ts';
import { rloo } from './rl-methods.ts';
import { writeRandomModel } from './tiny-models.ts';
import { SEEDS, EVERY, findingOf, KL_COEF, LITI, POLICIES, RATES, STEPS, type WarpRun } from './warp-finding.ts';
import { angles, difference, norm, weightsOf } from './weight-geometry.ts';

const LEARNING_RATE = 3e-3;
/** μ of the paper: how fast the anchor of the KL follows. */
const MU = 0.01;

export const experiment: Experiment = {
  claim:
    'The front from the start to the SLERP of task vectors lies above the paths of the policies merged, and not below the front to their LERP; SLERP itself has a higher reward than LERP; task vectors are far apart, whole weights are not, and SLERP of these is LERP',
  source: 'WARP, arXiv 2406.16768, sections 3 and 4, Figures 3, 4 and 10',
  async run({ note, scratch }) {
    const engine = await createEngine();
    const runs: WarpRun[] = [];
    for (const seed of SEEDS) {
      const lab = await RlLab.open(engine, scratch, seed);
      const first = await iterate(lab, { tag: 'first', init: lab.start, source: lab.source });
      const [front, lerp, single] = [
        await frontTo(lab, first.slerp),
        await frontTo(lab, first.lerp),
        await frontTo(lab, first.policies[0]!),
      ];
      const geometry = await geometryOf(lab, first, join(scratch, `${seed}`));

      const between = await interpolated(lab, first.slerp, LITI, 'between');
      const source = join(scratch, `${seed}/between`);
      await engine.save({ set: between, folder: source, withOptimizer: false });
      const second = await iterate(lab, { tag: 'second', init: between, source });
      const secondFront = await frontTo(lab, second.slerp);
      runs.push({ paths: first.paths, front, lerp, single, secondPaths: second.paths, secondFront, ...geometry });
      note(
        `seed ${seed}: ${[...first.paths, front, lerp, secondFront].map((path) => textOf(path.at(-1)!)).join(', ')}`,
      );
      for (const { name } of [lab.start, between, ...setsOf(first), ...setsOf(second)]) await engine.drop(name);
    }
    return findingOf(runs);
  },
};

const textOf = ({ reward, kl }: Measured) => `${reward.toFixed(3)} at ${kl.toFixed(2)}`;

interface Iteration {
  readonly policies: readonly SetRef[];
  readonly paths: readonly (readonly Measured[])[];
  readonly slerp: SetRef;
  readonly lerp: SetRef;
}

const setsOf = ({ policies, slerp, lerp }: Iteration): SetRef[] => [...policies, slerp, lerp];

interface Begin {
  readonly tag: string;
  readonly init: SetRef;
  /** Checkpoint of `init`. */
  readonly source: string;
}

/** Policies from the same weights, each on prompts and samples of its own, and their merges. */
async function iterate(lab: RlLab, { tag, init, source }: Begin): Promise<Iteration> {
  const named = (what: string | number) => `${lab.seed}/${tag}/${what}`;
  const policies: SetRef[] = [];
  const paths: (readonly Measured[])[] = [];
  for (let m = 0; m < POLICIES; m++) {
    const training = { name: named(m), source, method: rloo(KL_COEF, MU), steps: STEPS, every: EVERY };
    const { policy, path } = await lab.train({ ...training, learningRate: LEARNING_RATE });
    policies.push(policy);
    paths.push(path);
  }
  const slerp = await slerpOf(lab.engine, init, policies, named('slerp'));
  const lerp = { name: named('lerp'), version: 0 };
  const parts = policies.map((set) => ({ set, weight: 1 / POLICIES }));
  await lab.engine.merge({ to: lerp, fence: 0, method: 'linear', parts });
  return { policies, paths, slerp, lerp };
}

async function slerpOf(engine: Engine, base: SetRef, sets: readonly SetRef[], name: string): Promise<SetRef> {
  const to = { name, version: 0 };
  await engine.merge({ to, fence: 0, method: 'slerp', base, sets, lambdas: slerpLambdas(sets.length, 'paper') });
  return to;
}

/** LITI: the start, and `rate` of the way from it to a set. */
async function interpolated(lab: RlLab, set: SetRef, rate: number, what: string): Promise<SetRef> {
  const to = { name: `${lab.seed}/${what}`, version: 0 };
  const [init, other] = litiWeights(rate);
  const parts = [
    { set: lab.start, weight: init },
    { set, weight: other },
  ];
  await lab.engine.merge({ to, fence: 0, method: 'linear', parts });
  return to;
}

async function frontTo(lab: RlLab, set: SetRef): Promise<Measured[]> {
  const front: Measured[] = [];
  for (const rate of RATES) {
    const at = await interpolated(lab, set, rate, 'front');
    front.push(await lab.measure(at));
    await lab.engine.drop(at.name);
  }
  return front;
}

/** Angles, and how far a SLERP of whole weights, which is one with the origin for its base, is from LERP. */
async function geometryOf(lab: RlLab, { policies, slerp, lerp }: Iteration, home: string) {
  const { engine } = lab;
  const origin = { name: `${lab.seed}/origin`, version: 0 };
  const folder = join(home, 'origin');
  await writeRandomModel(folder, LAB_CONFIG, 0, 0);
  await engine.load({ set: origin, source: folder, trainable: false, fence: 0 });
  const whole = await slerpOf(engine, origin, policies, `${lab.seed}/whole`);
  const read = async (set: SetRef, folder: string) => {
    await engine.save({ set, folder: join(home, folder), withOptimizer: false });
    return weightsOf(join(home, folder));
  };
  const start = await weightsOf(lab.source);
  const [a, b] = [await read(policies[0]!, 'a'), await read(policies[1]!, 'b')];
  const straight = await read(lerp, 'lerp');
  const distance = async (set: SetRef, folder: string) => norm(difference(await read(set, folder), straight));
  const result = {
    taskAngles: Object.fromEntries(angles(difference(a, start), difference(b, start))),
    wholeAngles: Object.fromEntries(angles(a, b)),
    wholeRatio: (await distance(whole, 'whole')) / (await distance(slerp, 'slerp')),
    whole: await lab.measure(whole),
    moved: norm(difference(a, start)) / norm(start),
  };
  for (const { name } of [origin, whole]) await engine.drop(name);
  return result;
}
