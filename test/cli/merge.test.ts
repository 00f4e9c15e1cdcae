import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openCheckpoint } from '../../model/checkpoints/open-checkpoint.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../../model/checkpoints/tiny-preset.ts';
import { createEngine } from '../../model/engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'merge-cli-test-'));
const [tiny, wide, out] = ['tiny', 'wide', 'out'].map((name) => join(folder, name)) as [string, string, string];

beforeAll(async () => {
  await writeTinyCheckpoint(tiny);
  await writeTinyCheckpoint(wide, { ...TINY_CONFIG, headDim: 12 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const merge = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['cli/main.ts', 'merge', ...args, '--json', '--workspace', join(folder, 'w')]);

test('merges checkpoints and says what the result was made of', async () => {
  const { sha256: before } = { sha256: await (await openCheckpoint(tiny)).digest() };
  const { stdout } = await merge(tiny, tiny, '--weights', '0.5,0.5', '--out', out);
  const lineage = JSON.parse(readFileSync(join(out, 'lineage.json'), 'utf8')) as { parents: object[] };
  expect(lineage).toMatchObject({
    method: 'linear',
    sha256: await (await openCheckpoint(out)).digest(),
    parents: [{ path: tiny, sha256: before, weight: 0.5 }, { sha256: before, weight: 0.5 }], // prettier-ignore
  });
  expect(JSON.parse(stdout)).toMatchObject({ folder: out, method: 'linear' });
  // Over what is there, lineage included.
  await merge(tiny, tiny, '--method', 'slerp', '--base', tiny, '--out', out);
  expect(JSON.parse(readFileSync(join(out, 'lineage.json'), 'utf8'))).toMatchObject({
    ...{ method: 'slerp', schedule: 'paper', lambdas: [0.5] },
    parents: [{ role: 'base' }, { role: 'merged' }, { role: 'merged' }],
  });
});

test('merges an adapter into the model that it was trained on', async () => {
  const adapter = join(folder, 'adapter');
  const engine = await createEngine();
  const base = { name: 'base', version: 0 };
  const create = { rank: 2, alpha: 2, targets: ['q_proj'] as const, seed: 1 };
  await engine.load({ set: base, source: tiny, trainable: false, fence: 0 });
  const set = { name: 'adapter', version: 0 };
  await engine.load({ set, source: tiny, trainable: false, fence: 0, adapter: { base, create } });
  const { sha256 } = await engine.save({ set, folder: adapter, withOptimizer: false });
  await expect(openCheckpoint(adapter)).rejects.toThrow(/an adapter, expected a whole model/);
  await merge(adapter, '--method', 'lora', '--base', tiny, '--out', out);
  const before = await (await openCheckpoint(tiny)).digest();
  expect(JSON.parse(readFileSync(join(out, 'lineage.json'), 'utf8'))).toMatchObject({
    ...{ method: 'lora', sha256: before }, // B is still zero
    parents: [
      { path: tiny, sha256: before, role: 'base' },
      { path: adapter, sha256, role: 'adapter' },
    ],
  });
});

test.each([
  [[tiny, '--out', out, '--method', 'lora'], 2, /--base is missing/],
  [[tiny, '--out', out, '--method', 'lora', '--base', tiny], 2, /no adapter_config.json in it/],
  [
    [tiny, wide, '--out', out],
    2,
    /^cabochon merge: \S+\/tiny and \S+\/wide do not .*headDim is 10 in the first and 12 in the second; [^:]+\n$/,
  ],
  [[tiny, '--out', folder], 2, /^cabochon merge: \S+: holds \S+, which is no part of a checkpoint, [^:]+\n$/],
  [[tiny], 2, /--out is missing/],
  [[tiny, '--out', out, '--method', 'ties'], 2, /--method: got ties/],
  [[tiny, '--out', out, '--weights', '1,2'], 2, /--weights: got 1,2, expected 1 numbers/],
  [[tiny, tiny, '--out', out, '--method', 'slerp'], 2, /--base is missing/],
  [[tiny, '--out', out, '--method', 'slerp', '--base', tiny], 2, /at least two models/],
  [[tiny, '--out', out, '--method', 'liti', '--base', tiny, '--eta', '2'], 2, /--eta: got 2/],
])('refuses %j with exit code %i', async (args, code, message) => {
  await expect(merge(...args)).rejects.toMatchObject({ code, stderr: expect.stringMatching(message) as string });
});
