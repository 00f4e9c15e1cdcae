import { setTimeout as sleep } from 'node:timers/promises';

import { beforeAll, describe, expect, test } from 'vitest';

import type { EngineEvent } from '../../model/api/engine.ts';
import type { GenerateRequest } from '../../model/api/generation.ts';
import type { TrainStepRequest } from '../../model/api/training.ts';
import { collect, PATIENT, startWireServer, type WireServer } from '../support/wire-server.ts';

let wire: WireServer;
beforeAll(async () => {
  wire = await startWireServer();
  await wire.client.load({ set: policy, source: '/models/tiny', trainable: true, fence: 0 });
});

const policy = { name: 'run/policy', version: 0 };

/** With seed -1 the wire engine answers a prompt every 5 ms. */
const slowGenerate: GenerateRequest = {
  set: policy,
  prompts: Array.from({ length: 2000 }, (_, index) => ({ id: `${index}`, promptIds: [2] })),
  numGenerations: 1,
  sampling: { maxTokens: 2, temperature: 1, topK: 0, topP: 1 },
  seed: -1,
  precision: 'float32',
};

/** A step during which the core's thread does nothing else, as in a long device call. */
const blockingStep = (set: { name: string; version: number }, milliseconds: number): TrainStepRequest => ({
  set,
  fence: 0,
  batchDigest: `block:${milliseconds}`,
  sequences: [],
  temperature: 1,
  optimizer: { learningRate: 1e-5, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
  precision: 'float32',
});

let sets = 0;
async function loadSet() {
  const set = { name: `set-${++sets}`, version: 0 };
  await wire.client.load({ set, source: '/models/tiny', trainable: true, fence: 0 });
  return set;
}

const untilIdle = () => expect.poll(async () => (await wire.client.health()).status, PATIENT).toBe('idle');

describe('generate', () => {
  test('sends prompts as they finish, not all at the end', async () => {
    const signal = AbortSignal.timeout(10_000);
    for await (const { promptIndex } of wire.client.generate(slowGenerate, { signal })) {
      const health = await wire.client.health();
      expect(health.status).toBe('busy');
      expect(health.progress).toMatchObject({ kind: 'generating', set: policy.name, total: 2000 });
      expect(health.progress?.done).toBeLessThan(2000);
      if (promptIndex === 3) break;
    }
  });

  test('stops in the core when the loop is left', async () => {
    for await (const _ of wire.client.generate(slowGenerate)) break;
    await untilIdle(); // 2000 prompts would take 10 s, twice as long as this waits
  });

  test('stops in the core when the signal fires, and throws the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('the activity was cancelled');
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { promptIndex } of wire.client.generate(slowGenerate, { signal: controller.signal })) {
        if (seen.push(promptIndex) === 2) controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    await untilIdle();
    expect(seen.length).toBeLessThan(100);
  });

  test('is not started when the signal has fired before', async () => {
    const signal = AbortSignal.abort('too late');
    await expect(collect(wire.client.generate(slowGenerate, { signal }))).rejects.toBe('too late');
    await expect(wire.client.info({ signal })).rejects.toBe('too late');
  });
});

describe('while the core is deep in a device call', () => {
  test('health answers within 100 ms and tells what waits', async () => {
    const set = await loadSet();
    const step = wire.client.trainStep(blockingStep(set, 1500));
    await expect.poll(async () => (await wire.client.health()).status, PATIENT).toBe('busy');
    const waiting = [wire.client.info(), wire.client.info()];
    await expect.poll(async () => (await wire.client.health()).queued, PATIENT).toBe(2);
    const times: number[] = [];
    while ((await wire.client.health()).status === 'busy' && times.length < 9) {
      const start = performance.now();
      await wire.client.health();
      times.push(performance.now() - start);
      await sleep(20);
    }
    // Half of them are judged: other tests may keep the cores busy. An answer that waits for the step takes 1500 ms.
    times.sort((a, b) => a - b);
    expect(times.length).toBeGreaterThan(3);
    expect(times[Math.floor(times.length / 2)]).toBeLessThan(100);
    expect((await step).version).toBe(1);
    await Promise.all(waiting);
    expect((await wire.client.health()).queued).toBe(0);
  });

  test('a call that waits is cancelled at once and never started', async () => {
    const set = await loadSet();
    const other = await loadSet();
    const step = wire.client.trainStep(blockingStep(set, 500));
    await expect.poll(async () => (await wire.client.health()).status, PATIENT).toBe('busy');
    const controller = new AbortController();
    const waiting = wire.client.trainStep(blockingStep(other, 0), { signal: controller.signal });
    await expect.poll(async () => (await wire.client.health()).queued, PATIENT).toBe(1);
    const start = performance.now();
    controller.abort('stop');
    await expect(waiting).rejects.toBe('stop');
    await expect.poll(async () => (await wire.client.health()).queued, PATIENT).toBe(0);
    expect(performance.now() - start).toBeLessThan(300);
    await step;
    expect((await wire.client.info()).sets.find(({ name }) => name === other.name)?.version).toBe(0);
  });

  test('a step that was started is done though its caller has gone, and its repeat gets the answer', async () => {
    const set = await loadSet();
    const controller = new AbortController();
    const request = blockingStep(set, 400);
    const step = wire.client.trainStep(request, { signal: controller.signal });
    await expect.poll(async () => (await wire.client.health()).status, PATIENT).toBe('busy');
    controller.abort('stop');
    await expect(step).rejects.toBe('stop');
    expect(await wire.client.trainStep(request)).toMatchObject({ version: 1 });
    expect((await wire.client.info()).sets.find(({ name }) => name === set.name)?.version).toBe(1);
  });

  test('calls are done in order of arrival', async () => {
    const set = await loadSet();
    const done: string[] = [];
    const note = (name: string) => () => done.push(name);
    const step = wire.client.trainStep(blockingStep(set, 400)).then(note('step'));
    const next = wire.client.trainStep(blockingStep({ ...set, version: 1 }, 0)).then(note('next'));
    const info = wire.client.info().then(note('info'));
    await Promise.all([step, next, info]);
    expect(done).toEqual(['step', 'next', 'info']);
  });
});

test('a watcher that does not read misses messages, which nobody keeps for it, and sees those after', async () => {
  const set = { name: 'x'.repeat(512), version: 0 }; // large messages: they fill the connection's window
  await wire.client.load({ set, source: '/models/tiny', trainable: false, fence: 0 });
  const watcher = wire.connect().watch()[Symbol.asyncIterator]();
  const generate = () => collect(wire.client.generate({ ...slowGenerate, set, seed: 1 }));
  const open = { yet: false };
  void watcher.next().then(() => (open.yet = true));
  while (!open.yet) await generate();
  expect(await generate()).toHaveLength(2000);

  const seen: number[] = [];
  let next = watcher.next();
  const late = () => sleep(300).then(() => null);
  for (let got = await Promise.race([next, late()]); got; got = await Promise.race([next, late()])) {
    seen.push((got.value as EngineEvent).done);
    next = watcher.next();
  }
  expect(seen.length).toBeGreaterThan(10);
  expect(seen.length).toBeLessThan(2000);
  await generate();
  expect((await next).value).toMatchObject({ kind: 'generating', set: set.name });
  await watcher.return?.();
});

test('stopping ends watchers, and calls in hand after the grace', async () => {
  const stopping = await startWireServer();
  const set = { name: 'a', version: 0 };
  await stopping.client.load({ set, source: '/models/tiny', trainable: true, fence: 0 });
  const watching = collect(stopping.connect().watch());
  const long = collect(stopping.client.generate({ ...slowGenerate, set })).catch((error: unknown) => error);
  await expect.poll(async () => (await stopping.client.health()).status, PATIENT).toBe('busy');
  const start = performance.now();
  await stopping.server.stop(100);
  expect(performance.now() - start).toBeLessThan(1000);
  expect(await watching).toBeInstanceOf(Array);
  expect(await long).toMatchObject({ name: 'ModelServerUnavailableError' });
  expect(stopping.deaths).toEqual([]);
});
