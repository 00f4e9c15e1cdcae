import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeTinyCheckpoint } from '../../model/checkpoints/tiny-preset.ts';
import { createEngine } from '../../model/engine.ts';
import { variableCount } from '../../model/tensor/variable.ts';
import type { Engine, EngineEvent } from '../../model/api/engine.ts';
import { FencedError, VersionLostError } from '../../model/api/errors.ts';
import type { Sequence } from '../../model/api/sequences.ts';
import type { TrainStepRequest } from '../../model/api/training.ts';

const folder = mkdtempSync(join(tmpdir(), 'engine-test-'));
const tiny = join(folder, 'tiny');
const events: EngineEvent[] = [];
let engine: Engine;
let sequences: readonly Sequence[];

beforeAll(async () => {
  await writeTinyCheckpoint(tiny);
  engine = await createEngine({ onEvent: (event) => events.push(event) });
  await engine.load({ set: { name: 'words', version: 0 }, source: tiny, trainable: false, fence: 0 });
  const items = ['3 + 4', '12 - 5', '2 * 6'].map((prompt) => ({ prompt, completion: ` = ${prompt.length}` }));
  sequences = await engine.tokenize({ set: 'words', items, chat: false });
});
afterAll(() => rmSync(folder, { recursive: true }));

function step(name: string, version: number, overrides: Partial<TrainStepRequest> = {}, on = engine) {
  return on.trainStep({
    set: { name, version },
    fence: 0,
    batchDigest: `batch ${version}`,
    sequences: sequences.map((sequence, i) => ({ ...sequence, weight: 0.1 * (i + 1 + version) })),
    temperature: 1,
    optimizer: { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
    precision: 'float32',
    ...overrides,
  });
}
const loadTrainable = (name: string, version = 0, source = tiny, fence = 0) =>
  engine.load({ set: { name, version }, source, trainable: true, fence });
/** The weights, as a digest of the file they are saved to. */
const digestOf = async (name: string, version: number) =>
  (await engine.save({ set: { name, version }, folder: join(folder, 'digest'), withOptimizer: false })).sha256;

describe('a trained set', () => {
  test('goes on from a checkpoint as if it had never stopped, to the bit', async () => {
    await loadTrainable('straight');
    for (const version of [0, 1]) await step('straight', version);
    const checkpoint = join(folder, 'checkpoint-2');
    await engine.save({ set: { name: 'straight', version: 2 }, folder: checkpoint, withOptimizer: true });
    const last = [await step('straight', 2), await step('straight', 3)];

    await loadTrainable('resumed', 2, checkpoint);
    expect([await step('resumed', 2), await step('resumed', 3)]).toEqual(last);
    expect(await digestOf('resumed', 4)).toBe(await digestOf('straight', 4));
  });

  test('learns: the loss on one batch falls', async () => {
    await loadTrainable('learner');
    const weights = { sequences: sequences.map((sequence) => ({ ...sequence, weight: 1 / 9 })) };
    const losses: number[] = [];
    for (let version = 0; version < 20; version++) losses.push((await step('learner', version, weights)).loss);
    expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
  });

  test('answers a repeated update without stepping', async () => {
    await loadTrainable('repeat');
    const first = await step('repeat', 0);
    expect(await step('repeat', 0)).toEqual(first);
    expect(first.version).toBe(1);
    await step('repeat', 1);
    expect(await step('repeat', 0)).toEqual(first);
  });

  test('answers a repeated update also when its teacher is gone', async () => {
    await loadTrainable('pupil');
    await loadTrainable('teacher');
    const teacher = { name: 'teacher', version: 0 };
    const distillation = { kind: 'full', temperature: 1, teacher, beta: 0.5 } as const;
    const taught = {
      distillation,
      sequences: sequences.map((each) => ({ ...each, weight: 0, teacher: { id: 'x', weight: 1 } })),
    };
    const first = await step('pupil', 0, taught);
    await engine.drop('teacher');
    expect(await step('pupil', 0, taught)).toEqual(first);
    await expect(step('pupil', 1, taught)).rejects.toThrow(VersionLostError);
    expect((await step('pupil', 1)).version).toBe(2);
  });

  test('refuses another batch at an old version, an unknown set and a lower fence', async () => {
    await loadTrainable('strict', 0, tiny, 3);
    await step('strict', 0, { fence: 3 });
    await expect(step('strict', 0, { fence: 3, batchDigest: 'other' })).rejects.toThrow(VersionLostError);
    await expect(step('nobody', 0)).rejects.toThrow(VersionLostError);
    await expect(step('strict', 1, { fence: 2 })).rejects.toThrow(FencedError);
    await expect(
      engine.score({ set: { name: 'strict', version: 7 }, sequences, temperature: 1, precision: 'float32' }),
    ).rejects.toThrow(/names version 7, the set is at version 1/);
  });

  test('is unhurt by a request that cannot work', async () => {
    await loadTrainable('sturdy');
    const empty = { sequences: [{ promptIds: [2], completionIds: [], weight: 1 }] };
    await expect(step('sturdy', 0, empty)).rejects.toThrow('sequence 0 has an empty completion');
    const unknown = { sequences: [{ promptIds: [2, 1e6], completionIds: [3], weight: 1 }] };
    await expect(step('sturdy', 0, unknown)).rejects.toThrow(/sequence 0 has token id 1000000; expected .* below/);
    const long = { sequences: [{ promptIds: [2], completionIds: new Array<number>(600).fill(3), weight: 1 }] };
    await expect(step('sturdy', 0, long)).rejects.toThrow("sequence 0 has 601 tokens; the model's context is 512");
    // A checkpoint's files, and somebody's folder beside them.
    const taken = join(folder, 'taken');
    cpSync(tiny, taken, { recursive: true });
    mkdirSync(join(taken, 'thesis'));
    const save = { set: { name: 'sturdy', version: 0 }, folder: taken, withOptimizer: true };
    await expect(engine.save(save)).rejects.toThrow('holds thesis, which is no part of a checkpoint');
    expect(existsSync(join(taken, 'thesis'))).toBe(true);
    await expect(step('words', 0)).rejects.toThrow('not trainable');
    expect((await step('sturdy', 0)).version).toBe(1);
  });
});

test('the last set in training takes what its steps added up in with it, and steps go on without it', async () => {
  const other = await createEngine();
  const load = (name: string) => other.load({ set: { name, version: 0 }, source: tiny, trainable: true, fence: 0 });
  const before = variableCount();
  await load('one');
  const ofOne = variableCount() - before;
  const first = await step('one', 0, {}, other);
  await load('two');
  await other.drop('one');
  expect(variableCount() - before).toBeGreaterThan(ofOne); // one set, and the gradient that it shares
  expect(await step('two', 0, {}, other)).toEqual(first);
  await other.drop('two');
  expect(variableCount()).toBe(before);
  await load('three');
  expect(await step('three', 0, {}, other)).toEqual(first);
  await other.drop('three');
});

test('a loss that is not finite is an error of the request, and costs the set', async () => {
  await loadTrainable('burst');
  const huge = { sequences: sequences.map((sequence) => ({ ...sequence, weight: 3e38 })) };
  await expect(step('burst', 0, huge)).rejects.toThrow(RangeError);
  await expect(step('burst', 0)).rejects.toThrow(VersionLostError);
  // What it had added up does not enter the next step of another set.
  await loadTrainable('calm');
  await loadTrainable('control');
  expect(await step('calm', 0)).toEqual(await step('control', 0));
});

describe('an anchor', () => {
  test('starts as a copy: log-ratio exactly 0, and follows by EMA', async () => {
    await loadTrainable('policy');
    await engine.copy({ from: { name: 'policy', version: 0 }, to: 'anchor', fence: 0 });
    const score = async (name: string, version: number) =>
      (await engine.score({ set: { name, version }, sequences, temperature: 0.8, precision: 'float32' })).logProbs;
    expect(await score('anchor', 0)).toEqual(await score('policy', 0));

    const before = await score('anchor', 0);
    await step('policy', 0);
    expect(await score('anchor', 0)).toEqual(before); // a copy, not a view
    const ema = { target: { name: 'anchor', version: 0 }, source: { name: 'policy', version: 1 }, rate: 1, fence: 0 };
    expect((await engine.ema(ema)).version).toBe(1);
    expect(await score('anchor', 1)).toEqual(await score('policy', 1));
    expect((await engine.ema(ema)).version).toBe(1); // asked again: the recorded answer
  });

  test('is unhurt by a source at another version, and is never a copy of itself', async () => {
    await loadTrainable('source');
    await engine.copy({ from: { name: 'source', version: 0 }, to: 'target', fence: 0 });
    const ema = { target: { name: 'target', version: 0 }, source: { name: 'source', version: 1 }, rate: 1, fence: 0 };
    await expect(engine.ema(ema)).rejects.toThrow(/set source: the request names version 1/);
    expect((await engine.ema({ ...ema, source: { name: 'source', version: 0 } })).version).toBe(1);

    const itself = { from: { name: 'source', version: 0 }, to: 'source', fence: 0 };
    await expect(engine.copy(itself)).rejects.toThrow('source cannot be a copy of itself');
    expect((await step('source', 0)).version).toBe(1);
  });
});

describe('generate', () => {
  test('gives text without the end token, close to the same in bfloat16, and says how far it is', async () => {
    events.length = 0;
    const answers = new Map<number, string>();
    const request = {
      set: { name: 'words', version: 0 },
      prompts: sequences.map(({ promptIds }, i) => ({ id: `p${i}`, promptIds })),
      numGenerations: 2,
      sampling: { maxTokens: 8, temperature: 1, topK: 0, topP: 1 },
      seed: 1,
    };
    await engine.generate({ ...request, precision: 'float32' }, ({ promptIndex, completions }) => {
      expect(completions).toHaveLength(2);
      answers.set(promptIndex, completions[0]!.text);
    });
    expect([...answers.keys()].sort()).toEqual([0, 1, 2]);
    expect(events.at(-1)).toEqual({ kind: 'generating', set: 'words', done: 3, total: 3 });

    const gaps: number[] = [];
    await engine.generate({ ...request, precision: 'bfloat16' }, ({ completions }) => {
      for (const { logProbs } of completions) gaps.push(...logProbs);
    });
    expect(gaps.every((value) => Number.isFinite(value) && value <= 0)).toBe(true);
    expect(events.filter(({ kind }) => kind === 'generating')).toHaveLength(6);
  });
});

test('info names the device and the sets with their memory', async () => {
  const { tensorflow, sets } = await engine.info();
  expect(tensorflow).toMatch(/^2\./);
  const { parameters, bytes } = sets.find(({ name }) => name === 'straight')!;
  expect(bytes).toBe(3 * 4 * parameters); // weights and two moments in float32
  await engine.drop('straight');
  await engine.drop('straight');
  expect((await engine.info()).sets.map(({ name }) => name)).not.toContain('straight');
});
