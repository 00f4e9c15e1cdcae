import { expect, test } from 'vitest';

import { createEngine } from '../../model/engine.ts';
import { RlLab } from '../../science/rl-lab.ts';
import { jbond, rloo, SAMPLES } from '../../science/rl-methods.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test('both methods take as many samples and weigh them by the product’s policies; a path begins at KL 0', async () => {
  const engine = await createEngine();
  const lab = await RlLab.open(engine, temporaryFolder(), 7, 2);
  const at = { lab, policy: lab.start, anchor: lab.start, step: 0, stream: 'test' };
  const digitsFor = (prompts: number) => Array.from({ length: prompts }, (_, i) => i % 10);

  // Half of a J-BOND step's weight is on the better anchor samples; the policy's own advantages have the mean 0.
  const bond = jbond(0.05);
  expect(3 * bond.prompts).toBe(SAMPLES);
  const bonded = await bond.batch({ ...at, digits: digitsFor(bond.prompts) });
  const forward = bonded.filter(({ weight }) => Math.abs(weight - 0.5 / bond.prompts) < 1e-9);
  expect(forward.length).toBeGreaterThanOrEqual(bond.prompts);
  expect(sum(bonded.map(({ weight }) => weight))).toBeCloseTo(0.5, 6);

  // Two samples: what one is better by, the other is worse by.
  const reinforce = rloo(0.1);
  expect(2 * reinforce.prompts).toBe(SAMPLES);
  const reinforced = await reinforce.batch({ ...at, digits: digitsFor(reinforce.prompts) });
  expect(sum(reinforced.map(({ weight }) => weight))).toBeCloseTo(0, 6);
  expect(Math.max(...reinforced.map(({ weight }) => weight))).toBeGreaterThan(0);

  const training = { name: 'policy', source: lab.source, method: reinforce, steps: 2, learningRate: 3e-3, every: 2 };
  const { policy, path } = await lab.train(training);
  expect(policy.version).toBe(2);
  expect(path).toHaveLength(2);
  expect(Math.abs(path[0]!.kl)).toBeLessThan(1e-4);
  expect(Math.abs(path[1]!.kl)).toBeGreaterThan(1e-3);
});
