import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeTinyCheckpoint } from '../../model/checkpoints/tiny-preset.ts';
import { createEngine } from '../../model/engine.ts';
import type { Engine } from '../../model/api/engine.ts';
import { FencedError, VersionLostError } from '../../model/api/errors.ts';
import type { RewardStepRequest } from '../../model/api/reward-models.ts';

const folder = mkdtempSync(join(tmpdir(), 'reward-model-test-'));
const tiny = join(folder, 'tiny');
const probe = join(folder, 'probe');
let engine: Engine;
let pairs: RewardStepRequest['pairs'];
const LINEAGE = { baseSha256: 'a'.repeat(64), headSha256: 'b'.repeat(64) };

beforeAll(async () => {
  await writeTinyCheckpoint(tiny);
  engine = await createEngine();
  await load('first', 0, tiny, {});
  const texts = [
    ['2 + 2', '4', '5'],
    ['3 * 3', '9', 'nine or so'],
    ['7 - 1', '6', '8'],
  ] as const;
  const items = texts.flatMap(([prompt, ...both]) => both.map((completion) => ({ prompt, completion })));
  const ids = await engine.tokenize({ set: 'first', items, chat: false });
  pairs = texts.map((_, i) => ({
    promptIds: ids[2 * i]!.promptIds,
    chosenIds: ids[2 * i]!.completionIds,
    rejectedIds: ids[2 * i + 1]!.completionIds,
  }));
  for (const version of [0, 1, 2]) await step('first', version, { part: 'head' });
  await engine.save({ set: { name: 'first', version: 3 }, folder: probe, withOptimizer: false, rewardModel: LINEAGE });
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = (name: string, version: number, source: string, scoreHead?: { from?: string }, fence = 0) =>
  engine.load({ set: { name, version }, source, trainable: true, fence, ...(scoreHead && { scoreHead }) });
const step = (name: string, version: number, overrides: Partial<RewardStepRequest> = {}) =>
  engine.rewardStep({
    ...{ set: { name, version }, fence: 0, batchDigest: `pairs ${version}`, pairs, centerCoefficient: 0.01 },
    ...{ dropout: { rate: 0.1, seed: version }, part: 'all', precision: 'float32' },
    optimizer: { learningRate: 3e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
    ...overrides,
  });
const rewardsOf = async (name: string, version: number, calibrated = false) => {
  const sequences = pairs.map(({ promptIds, chosenIds }) => ({ promptIds, completionIds: chosenIds }));
  return (await engine.reward({ set: { name, version }, sequences, calibrated, precision: 'float32' })).rewards;
};
const digestOf = async (name: string, version: number) =>
  (await engine.save({ set: { name, version }, folder: join(folder, 'digest'), withOptimizer: false })).sha256;

describe('a reward model', () => {
  test('is saved as a Hugging Face classifier with one output, and is loaded from that', async () => {
    const config = JSON.parse(readFileSync(join(probe, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config.architectures).toEqual(['Gemma3TextForSequenceClassification']);
    expect(config.id2label).toEqual({ 0: 'LABEL_0' });
    await load('again', 3, probe);
    expect(await rewardsOf('again', 3)).toEqual(await rewardsOf('first', 3));
    expect(JSON.parse(readFileSync(join(probe, 'reward_model.json'), 'utf8'))).toEqual(LINEAGE);
  });

  test('as a probe, keeps every weight but those of the head, and lowers the loss', async () => {
    await load('headless', 0, probe, {}); // its head replaced by zeros
    await load('untouched', 0, tiny, {});
    expect(await digestOf('headless', 0)).toBe(await digestOf('untouched', 0));
    const first = await step('untouched', 0, { part: 'head' });
    expect(first.loss).toBeCloseTo(Math.LN2, 6); // a head of zeros tells nothing apart
    expect(first.accuracy).toBe(0.5);
    expect((await step('untouched', 1, { part: 'head' })).loss).toBeLessThan(first.loss);
  });

  test('as a probe, steps to the same bits whoever asked for the features before', async () => {
    const saved = join(folder, 'half-way');
    const head = { part: 'head' } as const;
    await load('straight', 0, tiny, {});
    await step('straight', 0, { ...head, pairs: pairs.slice(0, 2) });
    await engine.save({ set: { name: 'straight', version: 1 }, folder: saved, withOptimizer: true });
    await step('straight', 1, { ...head, pairs: pairs.slice(1) }); // one pair was read before
    await load('resumed', 1, saved);
    await step('resumed', 1, { ...head, pairs: pairs.slice(1) }); // none was
    expect(await digestOf('resumed', 2)).toBe(await digestOf('straight', 2));
  });

  test('as a probe, reads features again after the weights below the head have changed', async () => {
    const saved = join(folder, 'moved');
    await load('moved', 0, tiny, {});
    await step('moved', 0, { part: 'head' });
    await step('moved', 1);
    await engine.save({ set: { name: 'moved', version: 2 }, folder: saved, withOptimizer: true });
    await load('fresh', 2, saved);
    const [moved, fresh] = [await step('moved', 2, { part: 'head' }), await step('fresh', 2, { part: 'head' })];
    expect(moved).toEqual(fresh);
  });

  test('gets the head of another on weights of its own', async () => {
    await load('grafted', 0, tiny, { from: probe });
    expect(await rewardsOf('grafted', 0)).toEqual(await rewardsOf('first', 3));
    await expect(load('wrong', 0, tiny, { from: tiny })).rejects.toThrow(
      'is a language model, expected a reward model',
    );
  });

  test('steps once: a repeat gets the recorded answer, an older fence and another version are refused', async () => {
    await load('stepped', 0, tiny, { from: probe }, 5);
    const answer = await step('stepped', 0, { fence: 5 });
    const digest = await digestOf('stepped', 1);
    expect(await step('stepped', 0, { fence: 5 })).toEqual(answer);
    expect(await digestOf('stepped', 1)).toBe(digest);
    await expect(step('stepped', 1, { fence: 4 })).rejects.toThrow(FencedError);
    await expect(step('stepped', 0, { fence: 5, batchDigest: 'other' })).rejects.toThrow(VersionLostError);

    await load('twin', 0, tiny, { from: probe });
    expect(await step('twin', 0)).toEqual(answer);
    expect(await digestOf('twin', 1)).toBe(digest); // the same bits, dropout included
    await load('other seed', 0, tiny, { from: probe });
    await step('other seed', 0, { dropout: { rate: 0.1, seed: 99 } });
    expect(await digestOf('other seed', 1)).not.toBe(digest);
  });

  test('gives calibrated rewards once it has a calibration', async () => {
    await expect(rewardsOf('first', 3, true)).rejects.toThrow('has no calibration');
    const home = join(folder, 'calibrated');
    const rewardModel = { ...LINEAGE, calibration: { mean: 0.25, std: 2 } };
    await engine.save({ set: { name: 'first', version: 3 }, folder: home, withOptimizer: false, rewardModel });
    await load('calibrated', 3, home);
    const plain = await rewardsOf('calibrated', 3);
    expect(await rewardsOf('calibrated', 3, true)).toEqual(plain.map((value) => (value - 0.25) / 2));
  });

  test('is asked of a language model in vain', async () => {
    await engine.load({ set: { name: 'words', version: 0 }, source: tiny, trainable: true, fence: 0 });
    await expect(rewardsOf('words', 0)).rejects.toThrow('words is a language model, expected a reward model');
    await expect(step('words', 0)).rejects.toThrow('words is a language model');
    const saved = { set: { name: 'words', version: 0 }, folder: join(folder, 'no'), withOptimizer: false };
    await expect(engine.save({ ...saved, rewardModel: LINEAGE })).rejects.toThrow('words is a language model');
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

describe('an average of reward models', () => {
  const average = (names: readonly string[], to: string) =>
    engine.merge({
      ...{ to: { name: to, version: 0 }, fence: 0, method: 'linear' },
      parts: names.map((name) => ({ set: { name, version: 3 }, weight: 1 / names.length })),
    });

  test('of linear ones, which share all but the head, is their ensemble', async () => {
    const names = ['linear 0', 'linear 1', 'linear 2'];
    for (const [i, name] of names.entries()) {
      await load(name, 0, tiny, {});
      for (const version of [0, 1, 2]) {
        await step(name, version, { part: 'head', pairs: [pairs[i]!], batchDigest: `${i} ${version}` });
      }
    }
    await average(names, 'linear mean');
    const each = await Promise.all(names.map((name) => rewardsOf(name, 3)));
    const mean = each[0]!.map((_, i) => each.reduce((sum, rewards) => sum + rewards[i]!, 0) / names.length);
    expect(new Set(each.map((rewards) => rewards[0]!.toFixed(4))).size).toBe(3); // they do differ
    (await rewardsOf('linear mean', 0)).forEach((value, i) => expect(Math.abs(value - mean[i]!)).toBeLessThan(1e-6));
  });

  test('of the same one is that one, to the bit when their number is a power of two', async () => {
    for (const name of ['same 1', 'same 2']) await load(name, 3, probe);
    await average(['first', 'again', 'same 1', 'same 2'], 'same mean');
    expect(await digestOf('same mean', 0)).toBe(await digestOf('first', 3));
  });

  test('has no calibration: its scores have a mean and a deviation of their own', async () => {
    const [info, home] = [{ ...LINEAGE, calibration: { mean: 0.25, std: 2 } }, join(folder, 'for a mean')];
    const set = { name: 'first', version: 3 };
    await engine.save({ set, folder: home, withOptimizer: false, rewardModel: info });
    for (const name of ['scaled 1', 'scaled 2']) await load(name, 3, home);
    await average(['scaled 1', 'scaled 2'], 'scaled mean');
    await expect(rewardsOf('scaled mean', 0, true)).rejects.toThrow('scaled mean has no calibration');
  });

  test.each([
    ['first', 'words', 'first is a reward model, words a language model'],
    ['words', 'first', 'words is a language model, first a reward model'],
  ])('with a language model is refused: of %s and %s', async (one, other, difference) => {
    await engine.load({ set: { name: 'words', version: 3 }, source: tiny, trainable: false, fence: 1 });
    await expect(average([one, other], 'mixed')).rejects.toThrow(
      `${one} and ${other} do not belong together: ${difference}; take models that were trained from`,
    );
  });
});
