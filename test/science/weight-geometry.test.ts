import { join } from 'node:path';

import { expect, test } from 'vitest';

import { TINY_CONFIG } from '../../model/checkpoints/tiny-preset.ts';
import { writeRandomModel } from '../../science/tiny-models.ts';
import { angles, difference, norm, weightsOf } from '../../science/weight-geometry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const vectors = (parts: Record<string, number[]>) =>
  new Map(Object.entries(parts).map(([group, values]) => [group, Float64Array.from(values)]));

test('angles are taken group by group, and a vector of 0 has none', () => {
  const a = vectors({ right: [1, 0, 0], sixty: [1, 0, 0], same: [2, 1, 0], none: [0, 0, 0] });
  const b = vectors({ right: [0, 3, 0], sixty: [1, Math.sqrt(3), 0], same: [4, 2, 0], none: [1, 0, 0] });
  const found = angles(a, b);
  expect([...found.keys()]).toEqual(['right', 'sixty', 'same']);
  expect(found.get('right')).toBeCloseTo(90, 10);
  expect(found.get('sixty')).toBeCloseTo(60, 10);
  expect(found.get('same')).toBeCloseTo(0, 4);
});

test('lengths of differences are over all groups: 3, 4 and 12 make 13', () => {
  const a = vectors({ x: [4, 5], y: [12] });
  const b = vectors({ x: [1, 1], y: [0] });
  expect(norm(difference(a, b))).toBe(13);
});

test('random models of two seeds are at right angles in every layer, and scale 0 is the origin', async () => {
  const home = temporaryFolder();
  const folders = await Promise.all(
    [1, 2].map(async (seed) => (await writeRandomModel(join(home, `${seed}`), TINY_CONFIG, seed)).folder),
  );
  const [a, b] = [await weightsOf(folders[0]!), await weightsOf(folders[1]!)];
  // Each decoder layer, the embedding table and the last norm; the norm is 0 and has no angle.
  expect(a.size).toBe(TINY_CONFIG.numHiddenLayers + 2);
  const found = [...angles(a, b).values()];
  expect(found).toHaveLength(TINY_CONFIG.numHiddenLayers + 1);
  found.forEach((angle) => expect(Math.abs(angle - 90)).toBeLessThan(3));
  const { folder } = await writeRandomModel(join(home, 'origin'), TINY_CONFIG, 1, 0);
  expect(norm(await weightsOf(folder))).toBe(0);
});
