import { beforeAll, describe, expect, test } from 'vitest';

import type { GenerateRequest } from '../../model/api/generation.ts';
import type { ScoreRequest } from '../../model/api/scoring.ts';
import type { SetRef } from '../../model/api/sets.ts';
import type { TrainStepRequest, WeightedSequence } from '../../model/api/training.ts';
import { InvalidRequestError, VersionLostError } from '../../server/errors.ts';
import { logProbOf } from '../support/wire-engine.ts';
import { collect, startWireServer, type WireServer } from '../support/wire-server.ts';

let wire: WireServer;
beforeAll(async () => {
  wire = await startWireServer();
});

const policy = { name: 'run-1/policy', version: 3 };
const loadPolicy = (name = policy.name) =>
  wire.client.load({ set: { name, version: 3 }, source: '/models/tiny', trainable: true, fence: 0 });

const generateRequest: GenerateRequest = {
  set: policy,
  prompts: [
    { id: 'a', promptIds: [2, 10] },
    { id: 'größe 🪨', promptIds: [2, 262_143, 7] },
  ],
  numGenerations: 3,
  sampling: { maxTokens: 4, temperature: 0.7, topK: 0, topP: 1 },
  seed: 41,
  precision: 'float32',
};

const scoreRequest: ScoreRequest = {
  set: policy,
  sequences: [
    { promptIds: [2], completionIds: [0, 5, 100_003] },
    { promptIds: [2, 9], completionIds: [7] },
  ],
  temperature: 0.7,
  precision: 'bfloat16',
};

const trainStepRequest: TrainStepRequest = {
  set: policy,
  fence: 0,
  batchDigest: 'batch-1',
  sequences: [
    { promptIds: [2], completionIds: [5, 1], weight: 0.1 },
    { promptIds: [2], completionIds: [6, 7, 1], weight: -0.30000000000000004 },
  ],
  temperature: 1,
  optimizer: { learningRate: 2e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
  precision: 'float32',
};

describe('each call arrives at the core and its answer comes back', () => {
  test('health', async () => {
    const health = await wire.client.health();
    expect(health).toEqual({
      status: expect.any(String),
      progress: null,
      queued: 0,
      instanceId: wire.server.instanceId,
    });
    expect(['starting', 'idle']).toContain(health.status);
  });

  test('load, copy, info, drop', async () => {
    const loaded = await loadPolicy();
    expect(loaded).toEqual({
      ...policy,
      source: '/models/tiny',
      trainable: true,
      fence: 0,
      parameters: 268_098_176,
      bytes: 2 ** 40 + 1,
    });
    const copied = await wire.client.copy({ from: policy, to: 'run-1/anchor', fence: 5 });
    expect(copied).toMatchObject({ name: 'run-1/anchor', version: 3, source: 'copy of run-1/policy@3', fence: 5 });
    expect(await wire.client.info()).toEqual({
      device: 'arithmetic',
      tensorflow: 'none',
      instructionSets: ['avx2', 'avx512f'],
      residentBytes: 12,
      precision: 'bfloat16',
      bfloat16Speedup: 1.7,
      sets: [loaded, copied],
    });
    expect(await wire.client.drop('run-1/anchor')).toBeUndefined();
    expect(await wire.client.drop('run-1/anchor')).toBeUndefined();
    expect((await wire.client.info()).sets).toEqual([loaded]);
  });

  test('save', async () => {
    await loadPolicy();
    const request = { set: policy, folder: '/runs/1/checkpoints/sft-3', withOptimizer: true };
    expect(await wire.client.save(request)).toEqual({ folder: request.folder, bytes: 3, sha256: 'ab'.repeat(32) });
    expect(await wire.client.save({ ...request, withOptimizer: false })).toMatchObject({ bytes: 1 });
  });

  test('tokenize tells an absent completion and end token from an empty or false one', async () => {
    const items = [
      { prompt: 'é' },
      { prompt: 'b', completion: '' },
      { prompt: '', completion: '🪨' },
      { prompt: 'c', completion: 'd', endToken: false },
    ];
    expect(await wire.client.tokenize({ set: policy.name, items, chat: false })).toEqual([
      { promptIds: [2, 233], completionIds: [] },
      { promptIds: [2, 98], completionIds: [1] },
      { promptIds: [2], completionIds: [0x1faa8, 1] },
      { promptIds: [2, 99], completionIds: [100] },
    ]);
    const [inChat] = await wire.client.tokenize({ set: policy.name, items: [{ prompt: '' }], chat: true });
    expect(inChat?.promptIds).toEqual([2, 105]);
  });

  test('generate', async () => {
    await loadPolicy();
    const [first, second, ...more] = await collect(wire.client.generate(generateRequest));
    expect(more).toEqual([]);
    expect(first?.promptIndex).toBe(0);
    expect(second?.promptIndex).toBe(1);
    expect(second?.completions.map(({ text }) => text)).toEqual(['größe 🪨 → 0', 'größe 🪨 → 1', 'größe 🪨 → 2']);
    expect(second?.completions.map(({ finishReason }) => finishReason)).toEqual(['stop', 'length', 'stop']);
    // start = seed 41 + sample 1 + id length 1 + 2 prompt ids = 45; ids 45 · 31 + position
    expect(first?.completions[1]?.tokenIds).toEqual([1395, 1396, 1397, 1398]);
  });

  test('score', async () => {
    await loadPolicy();
    const { logProbs } = await wire.client.score(scoreRequest);
    expect(logProbs.map((row) => row.length)).toEqual([3, 1]);
  });

  test('train step and EMA', async () => {
    await loadPolicy('run-2/policy');
    await wire.client.copy({ from: { name: 'run-2/policy', version: 3 }, to: 'run-2/anchor', fence: 0 });
    const set = { name: 'run-2/policy', version: 3 };
    expect(await wire.client.trainStep({ ...trainStepRequest, set })).toEqual({
      version: 4,
      loss: -(0.1 - 0.30000000000000004),
      teacherLoss: 0,
      gradNorm: 2e-5,
      completionTokens: 5,
      computedTokens: 64,
      paddingTokens: 5,
    });
    const source = { name: 'run-2/policy', version: 4 };
    const target = { name: 'run-2/anchor', version: 3 };
    expect(await wire.client.ema({ target, source, rate: 0.02, fence: 0 })).toMatchObject({
      name: 'run-2/anchor',
      version: 4,
    });
  });

  test('a reward model: its loading, its rewards, a step, and what is noted when it is saved', async () => {
    const set = { name: 'run-4/reward', version: 3 };
    const optimizer = trainStepRequest.optimizer;
    await wire.client.load({
      set,
      source: '/models/tiny',
      trainable: true,
      fence: 0,
      scoreHead: { from: '/models/rm' },
    });
    const sequences = [{ promptIds: [2, 9], completionIds: [5, 1] }];
    const ask = { set, sequences, precision: 'bfloat16' } as const;
    expect(await wire.client.reward({ ...ask, calibrated: false })).toEqual({ rewards: [Math.fround(2 / 3)] });
    expect(await wire.client.reward({ ...ask, calibrated: true })).toEqual({ rewards: [Math.fround(2 / 3) - 1] });
    const pairs = [{ promptIds: [2], chosenIds: [5], rejectedIds: [6, 1], margin: 0.30000000000000004 }];
    const request = { set, fence: 0, batchDigest: 'pairs', pairs, centerCoefficient: 0.01, optimizer } as const;
    const dropout = { rate: 0.1, seed: -7 };
    const step = { ...request, dropout, part: 'head', precision: 'float32' } as const;
    const answer = await wire.client.rewardStep(step);
    expect(answer).toEqual({
      ...{ version: 4, loss: Math.LN2, gradNorm: 0.1, accuracy: 1, meanDifference: -0.25 },
      ...{ meanReward: 0.30000000000000004, computedTokens: 64, paddingTokens: 5 },
    });
    expect(await wire.client.rewardStep(step)).toEqual(answer); // a repeat
    const rewardModel = { baseSha256: 'a'.repeat(64), headSha256: 'b'.repeat(64), calibration: { mean: -1, std: 0.5 } };
    const saved = { set: { ...set, version: 4 }, folder: '/x', withOptimizer: false, rewardModel };
    expect((await wire.client.save(saved)).bytes).toBe(1);
  });

  test('an adapter: a new one, one that was saved, and saving it merged', async () => {
    const at = { source: '/models/tiny', trainable: true, fence: 0 };
    const base = { name: 'run-6/base', version: 3 };
    const create = {
      rank: 16,
      alpha: 0.30000000000000004,
      targets: ['q_proj', 'down_proj'],
      seed: -(2 ** 53 - 1),
    } as const;
    const [made, read] = [{ name: 'run-6/new', version: 3 }, { name: 'run-6/read', version: 4 }]; // prettier-ignore
    const { source } = await wire.client.load({ ...at, set: made!, adapter: { base, create } });
    const [, arrived] = source.split(' as ') as [string, string];
    expect(JSON.parse(arrived)).toEqual({ base, create });
    const saved = await wire.client.load({ ...at, set: read!, adapter: { base } });
    expect(saved.source).toBe(`/models/tiny as ${JSON.stringify({ base })}`);
    const save = { set: made!, folder: '/x', withOptimizer: false };
    expect((await wire.client.save({ ...save, merged: true })).bytes).toBe(7);
    expect((await wire.client.save(save)).bytes).toBe(1);
  });

  test('a step of distillation, and targets for one', async () => {
    await loadPolicy('run-5/policy');
    const set = { name: 'run-5/policy', version: 3 };
    const [{ promptIds, completionIds }] = trainStepRequest.sequences as [WeightedSequence];
    const draw = { samples: 6, weighting: 'renorm', topK: 4, seed: -(2 ** 53 - 1) } as const;
    const common = { draw, temperature: 0.30000000000000004, precision: 'bfloat16' } as const;
    const sequences = [{ id: 'größe 🪨', promptIds, completionIds }];
    const [targets] = await wire.client.teacherTargets({ ...common, teacher: set, student: set.name, sequences });
    expect(targets).toEqual({
      counts: completionIds.map(() => 1),
      ids: completionIds,
      weights: completionIds.map((id) => Math.fround(1 / (7 + id))), // float32, to the bit
    });
    const learning = { promptIds, completionIds, weight: 0, teacher: { id: 'a', weight: 0.5, targets: targets! } };
    const distillation = { kind: 'sampled', temperature: 2, teacher: set, draw } as const;
    const step = { ...trainStepRequest, set, distillation, sequences: [learning] };
    expect((await wire.client.trainStep(step)).teacherLoss).toBe(targets!.weights[0]);
  });

  test('merge, linear and spherical', async () => {
    const names = ['run-3/base', 'run-3/a', 'run-3/b'];
    for (const name of names) await loadPolicy(name);
    const [base, a, b] = names.map((name) => ({ name, version: 3 })) as [SetRef, SetRef, SetRef];
    const to = { name: 'run-3/merged', version: 9 };
    const parts = [
      { set: a, weight: 0.30000000000000004 },
      { set: b, weight: -2 },
    ];
    const made = await wire.client.merge({ to, fence: 1, method: 'linear', parts });
    const source = 'version 9: linear merge 0.30000000000000004 * run-3/a@3 + -2 * run-3/b@3';
    expect(made).toMatchObject({ ...to, source, fence: 1, trainable: false });
    const sphere = { to, fence: 1, method: 'slerp', base, sets: [a, b], lambdas: [0.1] } as const;
    expect((await wire.client.merge(sphere)).source).toBe(
      'version 9: slerp from run-3/base@3 of run-3/a@3, run-3/b@3 at 0.1',
    );
    await expect(wire.client.merge({ ...sphere, to: a })).rejects.toThrow('run-3/a is made from itself');
    await expect(wire.client.merge({ ...sphere, base: { ...base, version: 4 } })).rejects.toThrow(VersionLostError);
  });

  test('watch shows the progress of other calls, until the loop is left', async () => {
    const seen = [];
    const work = (async () => {
      // The stream may open after a call is over: keep working until something was seen.
      while (seen.length < 2) await collect(wire.client.generate(generateRequest));
    })();
    for await (const event of wire.connect().watch()) if (seen.push(event) === 2) break;
    await work;
    expect(seen[0]).toMatchObject({ kind: 'generating', set: policy.name, total: 2 });
  });
});

describe('numbers arrive as they were sent', () => {
  test('float32 log-probabilities bit for bit, minus infinity included', async () => {
    await loadPolicy();
    const { logProbs } = await wire.client.score(scoreRequest);
    expect(logProbs).toEqual(
      scoreRequest.sequences.map(({ completionIds }) => completionIds.map((id) => logProbOf(id, 0.7))),
    );
    expect(logProbs[0]?.[0]).toBe(-Infinity);
    const [first] = await collect(wire.client.generate(generateRequest));
    const [completion] = first?.completions ?? [];
    expect(completion?.logProbs).toEqual(completion?.tokenIds.map((id) => logProbOf(id, 0.7)));
  });

  test('seeds, versions and fences beyond 32 bits, and negative seeds', async () => {
    const version = Number.MAX_SAFE_INTEGER - 1;
    const set = { name: 'big', version };
    const loaded = await wire.client.load({ set, source: '/x', trainable: true, fence: 2 ** 53 - 1 });
    expect(loaded).toMatchObject({ version, fence: 2 ** 53 - 1 });
    const sampling = { ...generateRequest.sampling, maxTokens: 1 };
    for (const seed of [2 ** 40 + 1, -(2 ** 40) - 1]) {
      const [answer] = await collect(wire.client.generate({ ...generateRequest, set, seed, sampling }));
      const start = seed + 'a'.length + 2;
      expect(answer?.completions[0]?.tokenIds).toEqual([Math.abs(start * 31) % 262_144]);
    }
  });

  test('the largest token id', async () => {
    const sequences = [{ promptIds: [2], completionIds: [0xffff_ffff] }];
    await loadPolicy();
    const { logProbs } = await wire.client.score({ ...scoreRequest, sequences });
    expect(logProbs).toEqual([[logProbOf(0xffff_ffff, 0.7)]]);
  });
});

test('a message over 4 MiB, where gRPC ends by default, passes; one over 64 MiB is refused with a reason', async () => {
  await loadPolicy();
  const completionIds = Array.from({ length: 100_000 }, (_, index) => 200_000 + (index % 1000));
  const sequences = Array.from({ length: 15 }, () => ({ promptIds: [2], completionIds })); // 4.5 MB out, 6 MB back
  const { logProbs } = await wire.client.score({ ...scoreRequest, sequences });
  expect(logProbs).toHaveLength(15);
  expect(logProbs[14]?.[99_999]).toBe(logProbOf(200_999, 0.7));

  const items = Array.from({ length: 140 }, () => ({ prompt: 'x'.repeat(500_000) })); // 70 MB
  const refused = wire.client.tokenize({ set: policy.name, items, chat: false });
  await expect(refused).rejects.toThrow(/tokenize: .*size larger than 67108864/);
  await expect(refused).rejects.toBeInstanceOf(InvalidRequestError);
});
