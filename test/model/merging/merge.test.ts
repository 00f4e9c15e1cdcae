import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openCheckpoint } from '../../../model/checkpoints/open-checkpoint.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../../../model/checkpoints/tiny-preset.ts';
import { createEngine } from '../../../model/engine.ts';
import { FencedError, VersionLostError, type Engine, type MergeRequest } from '../../../model/engine-api.ts';
import { parametersOf } from '../../../model/gemma3/weights.ts';
import { litiWeights } from '../../../policies/warp.ts';

// Merges of three tiny models that went different ways, against the same sums in float64.

const folder = mkdtempSync(join(tmpdir(), 'merge-test-'));
const names = parametersOf(TINY_CONFIG).map(({ name }) => name);
let engine: Engine;

type Weights = ReadonlyMap<string, Float32Array>;
const base = { name: 'base', version: 0 };
const sets = ['a', 'b', 'c'].map((name) => ({ name, version: 2 }));
const [a, b] = [sets[0]!, sets[1]!];
const to = { name: 'merged', version: 4 };

beforeAll(async () => {
  const tiny = join(folder, 'tiny');
  await writeTinyCheckpoint(tiny);
  engine = await createEngine();
  await engine.load({ set: base, source: tiny, trainable: false, fence: 0 });
  const optimizer = { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
  for (const [i, { name }] of sets.entries()) {
    await engine.load({ set: { name, version: 0 }, source: tiny, trainable: true, fence: 0 });
    const items = [{ prompt: `${i} + ${7 * i}`, completion: ` = ${8 * i}` }];
    const sequences = (await engine.tokenize({ set: 'base', items, chat: false })).map((s) => ({ ...s, weight: 1 }));
    const rest = { temperature: 1, optimizer, precision: 'float32' as const, fence: 0, sequences };
    for (const version of [0, 1])
      await engine.trainStep({ ...rest, set: { name, version }, batchDigest: `${version}` });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function weightsOf(ref: { name: string; version: number }): Promise<Weights> {
  const path = join(folder, `read-${ref.name}`);
  await engine.save({ set: ref, folder: path, withOptimizer: false });
  const { tensors } = await openCheckpoint(path);
  const read = await Promise.all(
    names.map(async (name) => [name, Float32Array.from(await tensors.read(name))] as const),
  );
  return new Map(read);
}

async function merged(request: Partial<MergeRequest> & Pick<MergeRequest, 'method'>): Promise<Weights> {
  await engine.merge({ to, fence: 0, ...request } as MergeRequest);
  return weightsOf(to);
}

/** Largest difference over all parameters. */
function distance(x: Weights, of: (name: string, i: number) => number): number {
  const each = names.map((name) => x.get(name)!.reduce((far, v, i) => Math.max(far, Math.abs(v - of(name, i))), 0));
  return Math.max(...each);
}

describe('linear', () => {
  test('is the weighted sum', async () => {
    const weights = [0.2, 0.5, 0.3];
    const got = await merged({ method: 'linear', parts: sets.map((set, i) => ({ set, weight: weights[i]! })) });
    const each = await Promise.all(sets.map(weightsOf));
    const sum = (name: string, i: number) => each.reduce((s, w, m) => s + weights[m]! * w.get(name)![i]!, 0);
    expect(distance(got, sum)).toBeLessThan(1e-6); // weights are below 8: half a unit in the last place is 2.4e-7
    expect(distance(got, (name, i) => each[0]!.get(name)![i]!)).toBeGreaterThan(1e-4);
  });

  test('LITI: η = 0 is the beginning, η = 1 the other, to the bit', async () => {
    for (const [rate, same] of [
      [0, base],
      [1, a],
    ] as const) {
      // prettier-ignore
      const [init, other] = litiWeights(rate);
      const parts = [{ set: base, weight: init }, { set: a, weight: other }]; // prettier-ignore
      expect(await merged({ method: 'linear', parts })).toEqual(await weightsOf(same));
    }
  });

  test('the mean of two equal sets is that set, to the bit', async () => {
    const parts = [{ set: a, weight: 0.5 }, { set: a, weight: 0.5 }]; // prettier-ignore
    expect(await merged({ method: 'linear', parts })).toEqual(await weightsOf(a));
  });
});

describe('slerp', () => {
  /** One angle for the tensors that `group` calls by one name. */
  const expected = (origin: Weights, x: Weights, y: Weights, lambda: number, group: (name: string) => string) => {
    const products = new Map<string, [number, number, number]>();
    for (const name of names) {
      const sums = products.get(group(name)) ?? [0, 0, 0];
      origin.get(name)!.forEach((start, i) => {
        const [p, q] = [x.get(name)![i]! - start, y.get(name)![i]! - start];
        [p * p, q * q, p * q].forEach((value, k) => (sums[k]! += value));
      });
      products.set(group(name), sums);
    }
    return (name: string, i: number) => {
      const [pp, qq, pq] = products.get(group(name))!;
      const angle = Math.acos(pq / Math.sqrt(pp * qq));
      const start = origin.get(name)![i]!;
      const first = (Math.sin((1 - lambda) * angle) / Math.sin(angle)) * (x.get(name)![i]! - start);
      return start + first + (Math.sin(lambda * angle) / Math.sin(angle)) * (y.get(name)![i]! - start);
    };
  };

  test('has one angle for each layer, not for each tensor', async () => {
    const got = await merged({ method: 'slerp', base, sets: [a, b], lambdas: [0.3] });
    const [origin, x, y] = await Promise.all([base, a, b].map(weightsOf)) as [Weights, Weights, Weights]; // prettier-ignore
    const byLayer = (name: string) => /layers\.\d+/.exec(name)?.[0] ?? name;
    expect(distance(got, expected(origin, x, y, 0.3, byLayer))).toBeLessThan(1e-6);
    expect(
      distance(
        got,
        expected(origin, x, y, 0.3, (name) => name),
      ),
    ).toBeGreaterThan(1e-5);
    expect(
      distance(
        got,
        expected(origin, x, y, 0.3, () => 'all'),
      ),
    ).toBeGreaterThan(1e-5);
  });

  test('λ = 0 and λ = 1 give the first and the second to the bit', async () => {
    expect(await merged({ method: 'slerp', base, sets: [a, b], lambdas: [0] })).toEqual(await weightsOf(a));
    expect(await merged({ method: 'slerp', base, sets: [a, b], lambdas: [1] })).toEqual(await weightsOf(b));
  });

  test('of sets that did not move is the base', async () => {
    await engine.copy({ from: base, to: 'still', fence: 0 });
    const still = { name: 'still', version: 0 };
    expect(await merged({ method: 'slerp', base, sets: [still, still], lambdas: [0.5] })).toEqual(
      await weightsOf(base),
    );
  });

  test('of three gives the same bits each time', async () => {
    const request = { method: 'slerp', base, sets, lambdas: [1 / 2, 1 / 3] } as const;
    const first = await merged(request);
    await engine.drop(to.name);
    expect(await merged(request)).toEqual(first);
  });
});

describe('rules', () => {
  const parts = [{ set: a, weight: 0.5 }, { set: b, weight: 0.5 }]; // prettier-ignore

  test('asked again it answers the same; with a lower fence it is refused', async () => {
    const request: MergeRequest = { to: { name: 'again', version: 7 }, fence: 3, method: 'linear', parts };
    const made = await engine.merge(request);
    expect(made).toMatchObject({ name: 'again', version: 7, fence: 3, trainable: false });
    expect(await engine.merge(request)).toEqual(made);
    await expect(engine.merge({ ...request, fence: 2 })).rejects.toThrow(FencedError);
  });

  test('what is not at the named version, or not there, is lost', async () => {
    const stale = [{ set: { name: 'a', version: 1 }, weight: 1 }];
    await expect(engine.merge({ to, fence: 0, method: 'linear', parts: stale })).rejects.toThrow(VersionLostError);
    const absent = [{ set: { name: 'nobody', version: 0 }, weight: 1 }];
    await expect(engine.merge({ to, fence: 0, method: 'linear', parts: absent })).rejects.toThrow(VersionLostError);
  });

  test('sets of other shapes are refused, with what differs', async () => {
    const wide = join(folder, 'wide');
    await writeTinyCheckpoint(wide, { ...TINY_CONFIG, intermediateSize: TINY_CONFIG.intermediateSize + 2 });
    await engine.load({ set: { name: 'wide', version: 0 }, source: wide, trainable: false, fence: 0 });
    const mixed = [{ set: a, weight: 0.5 }, { set: { name: 'wide', version: 0 }, weight: 0.5 }]; // prettier-ignore
    await expect(engine.merge({ to, fence: 0, method: 'linear', parts: mixed })).rejects.toThrow(
      /a and wide do not belong together: intermediateSize is \d+ in the first and \d+ in the second/,
    );
  });

  test.each<[string, Partial<MergeRequest>]>([
    ['a is made from itself', { to: a, method: 'linear', parts }],
    ['every weight is 0', { method: 'linear', parts: [{ set: a, weight: 0 }] }],
    ['expected at least 1 set', { method: 'linear', parts: [] }],
    ['expected a base and at least 2 sets', { method: 'slerp', base, sets: [a], lambdas: [] }],
    ['got 2 lambdas for 2 sets, expected 1', { method: 'slerp', base, sets: [a, b], lambdas: [0.5, 0.3] }],
  ])('refuses: %s', async (message, request) => {
    await expect(engine.merge({ to, fence: 0, ...request } as MergeRequest)).rejects.toThrow(message);
  });
});
