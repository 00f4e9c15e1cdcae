import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeTinyCheckpoint } from '../../model/checkpoints/tiny-preset.ts';
import { createEngine } from '../../model/engine.ts';
import type { Engine } from '../../model/api/engine.ts';
import { FencedError, VersionLostError } from '../../model/api/errors.ts';
import type { LoraOptions } from '../../model/api/lora.ts';
import type { Precision } from '../../model/api/precision.ts';
import type { Sequence } from '../../model/api/sequences.ts';
import { openSafetensors } from '../../model/loaders/safetensors.ts';
import { variableCount } from '../../model/tensor/variable.ts';

// Adapters as weight sets of the engine: shared base, versions, saving, averaging, merging.

const folder = mkdtempSync(join(tmpdir(), 'lora-sets-test-'));
const tiny = join(folder, 'tiny');
const base = { name: 'base', version: 3 };
const lora: LoraOptions = { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj', 'down_proj'], seed: 17 };
let engine: Engine;
let sequences: readonly Sequence[];

beforeAll(async () => {
  await writeTinyCheckpoint(tiny);
  engine = await createEngine();
  await loadBase();
  const items = ['3 + 4', '12 - 5', '2 * 6'].map((prompt) => ({ prompt, completion: ` = ${prompt.length}` }));
  sequences = await engine.tokenize({ set: 'base', items, chat: false });
});
afterAll(() => rmSync(folder, { recursive: true }));

const loadBase = (fence = 0) => engine.load({ set: base, source: tiny, trainable: false, fence });
const create = (name: string, options: LoraOptions = lora) =>
  engine.load({
    ...{ set: { name, version: 3 }, source: tiny, trainable: true, fence: 0 },
    adapter: { base, create: options },
  });
const restore = (name: string, version: number, source: string) =>
  engine.load({ set: { name, version }, source, trainable: true, fence: 0, adapter: { base } });
const step = (name: string, version: number, batchDigest = `batch ${version}`) =>
  engine.trainStep({
    ...{ set: { name, version }, fence: 0, batchDigest, temperature: 1, precision: 'float32' },
    sequences: sequences.map((sequence, i) => ({ ...sequence, weight: 0.1 * (i + 1 + version) })),
    optimizer: { learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
  });
const score = async (name: string, version: number, precision: Precision = 'float32') =>
  (await engine.score({ set: { name, version }, sequences, temperature: 1, precision })).logProbs.flat();
async function tensorsOf(name: string, version: number): Promise<Map<string, Float32Array>> {
  const path = join(folder, 'read');
  await engine.save({ set: { name, version }, folder: path, withOptimizer: false });
  const source = await openSafetensors(join(path, 'adapter_model.safetensors'));
  return new Map(await Promise.all(source.names().map(async (each) => [each, await source.read(each)] as const)));
}

describe('a new adapter', () => {
  test('leaves every log-probability of its base as it is, to the bit, in both precisions', async () => {
    await create('new');
    for (const precision of ['float32', 'bfloat16'] as const) {
      expect(await score('new', 3, precision)).toEqual(await score('base', 3, precision));
    }
  });

  test('is decided by its seed: A within ±1/√in, B zero', async () => {
    await create('seeded');
    await create('other', { ...lora, seed: 18 });
    const [one, same, other] = [await tensorsOf('new', 3), await tensorsOf('seeded', 3), await tensorsOf('other', 3)];
    expect(same).toEqual(one);
    const name = 'base_model.model.model.layers.0.mlp.down_proj.lora_A.weight';
    expect(other.get(name)).not.toEqual(one.get(name));
    const [a, b] = [one.get(name)!, one.get(name.replace('lora_A', 'lora_B'))!];
    expect(a).toHaveLength(4 * 56);
    const largest = Math.max(...a.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(56));
    expect(largest).toBeGreaterThan(0.95 / Math.sqrt(56));
    expect(Math.max(...b.map(Math.abs))).toBe(0);
  });

  test('adds its own few variables to those of its base, and takes them away again', async () => {
    const before = variableCount();
    const { parameters, bytes } = await create('counted');
    await step('counted', 3);
    const matrices = 2 * 3 * 7;
    expect(variableCount() - before).toBe(4 * matrices); // themselves, two moments, a gradient
    const { sets } = await engine.info();
    const whole = sets.find(({ name }) => name === 'base')!;
    expect(bytes).toBe(3 * 4 * parameters);
    expect(parameters).toBeLessThan(0.2 * whole.parameters);
    await engine.copy({ from: { name: 'counted', version: 4 }, to: 'copied', fence: 0 });
    expect(variableCount() - before).toBe(5 * matrices);
    for (const name of ['counted', 'copied']) await engine.drop(name);
    expect(variableCount()).toBe(before);
  });
});

describe('a trained adapter', () => {
  test('leaves its base and its copies as they were, and samples as it scores', async () => {
    await create('policy');
    await engine.copy({ from: { name: 'policy', version: 3 }, to: 'anchor', fence: 0 });
    const before = await score('base', 3);
    for (const version of [3, 4, 5]) await step('policy', version);
    expect(await score('base', 3)).toEqual(before);
    expect(await score('anchor', 3)).toEqual(before);
    const moved = await score('policy', 6);
    expect(Math.max(...moved.map((value, i) => Math.abs(value - before[i]!)))).toBeGreaterThan(0.01);

    const set = { name: 'policy', version: 6 };
    const sampling = { maxTokens: 6, temperature: 1, topK: 0, topP: 1 };
    const prompts = sequences.map(({ promptIds }, i) => ({ id: `${i}`, promptIds }));
    const request = { set, prompts, numGenerations: 2, sampling, seed: 5, precision: 'float32' as const };
    let compared = 0;
    const answers: { promptIds: readonly number[]; completionIds: readonly number[]; logProbs: readonly number[] }[] =
      [];
    await engine.generate(request, ({ promptIndex, completions }) =>
      completions.forEach(({ tokenIds, logProbs }) =>
        answers.push({ promptIds: prompts[promptIndex]!.promptIds, completionIds: tokenIds, logProbs }),
      ),
    );
    const scored = await engine.score({ set, sequences: answers, temperature: 1, precision: 'float32' });
    answers.forEach(({ logProbs }, i) =>
      logProbs.forEach((value, t) => {
        expect(Math.abs(value - scored.logProbs[i]![t]!)).toBeLessThan(1e-5);
        compared++;
      }),
    );
    expect(compared).toBeGreaterThan(10);
  });

  test('answers a repeated update without stepping, and refuses another', async () => {
    await create('repeat');
    const first = await step('repeat', 3);
    expect(await step('repeat', 3)).toEqual(first);
    expect(first.version).toBe(4);
    await expect(step('repeat', 3, 'another batch')).rejects.toThrow(VersionLostError);
    const late = { set: { name: 'repeat', version: 4 }, source: tiny, trainable: true, fence: -1 };
    await expect(engine.load({ ...late, adapter: { base, create: lora } })).rejects.toThrow(FencedError);
  });

  test('goes on from its folder as if it had never stopped, to the bit', async () => {
    await create('straight');
    for (const version of [3, 4]) await step('straight', version);
    const saved = join(folder, 'saved');
    await engine.save({ set: { name: 'straight', version: 5 }, folder: saved, withOptimizer: true });
    const last = [await step('straight', 5), await step('straight', 6)];
    await restore('resumed', 5, saved);
    expect([await step('resumed', 5), await step('resumed', 6)]).toEqual(last);
    expect(await tensorsOf('resumed', 7)).toEqual(await tensorsOf('straight', 7));
  });
});

describe('sets of adapters', () => {
  test('are averaged and merged matrix by matrix, as whole models are', async () => {
    for (const [name, seed] of [['left', 17], ['right', 17]] as const) await create(name, { ...lora, seed }); // prettier-ignore
    await step('left', 3);
    for (const version of [3, 4]) await step('right', version);
    const [left, right] = [await tensorsOf('left', 4), await tensorsOf('right', 5)];
    const far = (of: ReadonlyMap<string, Float32Array>, expected: (x: number, y: number) => number) =>
      Math.max(
        ...[...left].map(([name, values]) =>
          values.reduce(
            (most, x, i) => Math.max(most, Math.abs(of.get(name)![i]! - expected(x, right.get(name)![i]!))),
            0,
          ),
        ),
      );
    const parts = [
      { set: { name: 'left', version: 4 }, weight: 0.25 },
      { set: { name: 'right', version: 5 }, weight: 0.75 },
    ];
    await engine.merge({ to: { name: 'merged', version: 5 }, fence: 0, method: 'linear', parts });
    expect(far(await tensorsOf('merged', 5), (x, y) => 0.25 * x + 0.75 * y)).toBeLessThan(1e-7);
    const sets = parts.map(({ set }) => set);
    const origin = { name: 'new', version: 3 };
    await engine.merge({
      to: { name: 'sphere', version: 5 },
      fence: 0,
      method: 'slerp',
      base: origin,
      sets,
      lambdas: [1],
    });
    expect(far(await tensorsOf('sphere', 5), (_, y) => y)).toBeLessThan(1e-7);
    await engine.ema({ target: parts[0]!.set, source: parts[1]!.set, rate: 0.1, fence: 0 });
    expect(far(await tensorsOf('left', 5), (x, y) => 0.9 * x + 0.1 * y)).toBeLessThan(1e-7);
    expect(far(left, (x, y) => y + 0 * x)).toBeGreaterThan(1e-3); // the two differ
  });

  test('refuse what they cannot be merged with', async () => {
    const merge = (other: { name: string; version: number }) =>
      engine.merge({
        ...{ to: { name: 'odd', version: 0 }, fence: 0, method: 'linear' },
        parts: [{ set: { name: 'new', version: 3 }, weight: 1 }, { set: other, weight: 1 }], // prettier-ignore
      });
    await expect(merge(base)).rejects.toThrow(/new is an adapter of 2 · B · A, base a whole model/);
    await create('stronger', { ...lora, alpha: 12 });
    await expect(merge({ name: 'stronger', version: 3 })).rejects.toThrow(
      /2 · B · A, stronger an adapter of 3 · B · A/,
    );
    await create('fewer', { ...lora, targets: ['q_proj', 'v_proj'] });
    await expect(merge({ name: 'fewer', version: 3 })).rejects.toThrow(
      /parameter .*down_proj\.lora_A\.weight is 4×56 in the first and absent in the second/,
    );
    await create('narrower', { ...lora, rank: 2, alpha: 4 });
    await expect(merge({ name: 'narrower', version: 3 })).rejects.toThrow(
      /q_proj\.lora_A\.weight is 4×32 in the first and 2×32 in the second/,
    );
    await engine.load({ set: { name: 'base 2', version: 0 }, source: tiny, trainable: false, fence: 0 });
    const adapter = { base: { name: 'base 2', version: 0 }, create: lora };
    const elsewhere = { name: 'elsewhere', version: 0 };
    await engine.load({ set: elsewhere, source: tiny, trainable: false, fence: 0, adapter });
    await expect(merge(elsewhere)).rejects.toThrow(/adapters on different sets/);
  });

  test('are lost with their base, and come back with it', async () => {
    await create('orphan');
    await engine.drop('base');
    await expect(score('orphan', 3)).rejects.toThrow(/base, which it is an adapter on, is gone/);
    await expect(step('orphan', 3)).rejects.toThrow(VersionLostError);
    await loadBase();
    await expect(score('orphan', 3)).rejects.toThrow(VersionLostError); // it was on the set that is gone
    await create('orphan');
    expect(await score('orphan', 3)).toEqual(await score('base', 3));
  });
});

describe('what cannot be an adapter is refused', () => {
  test('a base of its own name, and a load in place of one with a higher fence', async () => {
    const itself = { set: base, source: tiny, trainable: true, fence: 0, adapter: { base, create: lora } };
    await expect(engine.load(itself)).rejects.toThrow('load: base cannot be an adapter on itself');
    expect((await score('base', 3)).length).toBeGreaterThan(0);

    const fenced = { set: { name: 'fenced', version: 3 }, source: tiny, trainable: true, fence: 5 };
    await engine.load({ ...fenced, adapter: { base, create: lora } });
    await expect(engine.load({ ...fenced, fence: 0 })).rejects.toThrow(FencedError);
  });

  test('a base that is trained, or is an adapter itself', async () => {
    await engine.load({ set: { name: 'whole', version: 0 }, source: tiny, trainable: true, fence: 0 });
    const on = (name: string, version: number) =>
      engine.load({
        ...{ set: { name: 'x', version: 0 }, source: tiny, trainable: false, fence: 0 },
        adapter: { base: { name, version }, create: lora },
      });
    await expect(on('whole', 0)).rejects.toThrow(/whole is trained itself, expected a language model without moments/);
    await create('lower');
    await expect(on('lower', 3)).rejects.toThrow(/lower is an adapter/);
    await expect(on('base', 4)).rejects.toThrow(VersionLostError);
  });

  test('saving a whole model as merged, or moments with it', async () => {
    const save = (set: typeof base, withOptimizer: boolean) =>
      engine.save({ set, folder: join(folder, 'none'), withOptimizer, merged: true });
    await expect(save(base, false)).rejects.toThrow(/base is no adapter/);
    await create('both');
    await expect(save({ name: 'both', version: 3 }, true)).rejects.toThrow(/the moments of both are its adapter's/);
  });

  test.each([
    [{ use_dora: true }, /use_dora[\s\S]*|variant of LoRA/],
    [{ target_modules: ['q_proj', 'lm_head'] }, /target_modules\[1\]/],
    [{ a_new_kind_of_lora: { size: 3 } }, /a_new_kind_of_lora/],
    [{ r: 5 }, /lora_A.weight is \[4, 32\], expected \[5, 32\]/],
    [{ target_modules: ['q_proj', 'v_proj'] }, /has a tensor .*down_proj/],
  ])('a folder whose config says %j', async (change, message) => {
    const path = join(folder, 'changed');
    await create('good');
    await engine.save({ set: { name: 'good', version: 3 }, folder: path, withOptimizer: false });
    const file = join(path, 'adapter_config.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
    await expect(restore('bad', 0, path)).rejects.toThrow(message);
  });
});
