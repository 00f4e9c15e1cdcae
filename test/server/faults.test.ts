import { connect as connectHttp2, constants } from 'node:http2';

import { beforeAll, describe, expect, test } from 'vitest';

import type { TrainStepRequest } from '../../model/api/training.ts';
import {
  FencedError,
  InvalidRequestError,
  ModelServerFailedError,
  ModelServerRefusedError,
  ModelServerTimeoutError,
  ModelServerUnavailableError,
  VersionLostError,
} from '../../server/errors.ts';
import { createModelClient } from '../../server/grpc-client.ts';
import { modelService } from '../../server/proto/definition.ts';
import { collect, PATIENT, startWireServer, type WireServer } from '../support/wire-server.ts';

let wire: WireServer;
beforeAll(async () => {
  wire = await startWireServer();
});

let sets = 0;
/** A new set at version 3 with fence 2. */
async function loadSet() {
  const set = { name: `set-${++sets}`, version: 3 };
  await wire.client.load({ set, source: '/models/tiny', trainable: true, fence: 2 });
  return set;
}

const step = (set: { name: string; version: number }, more: Partial<TrainStepRequest> = {}) =>
  wire.client.trainStep({
    set,
    fence: 2,
    batchDigest: 'batch-1',
    sequences: [{ promptIds: [2], completionIds: [5, 1], weight: 1 }],
    temperature: 1,
    optimizer: { learningRate: 1e-5, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
    precision: 'float32',
    ...more,
  });

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('expected a failure'),
    (error: unknown) => error as Error,
  );

describe('versions and fences over the wire', () => {
  test('a repeated step gives the same answer and does not step', async () => {
    const set = await loadSet();
    const first = await step(set);
    expect(await step(set)).toEqual(first);
    expect((await wire.client.info()).sets.find(({ name }) => name === set.name)?.version).toBe(4);
  });

  test('a step from another version, on another batch or on an absent set is VersionLostError', async () => {
    const set = await loadSet();
    await step(set);
    const wrong = await failureOf(step(set, { batchDigest: 'batch-2' }));
    expect(wrong).toBeInstanceOf(VersionLostError);
    expect(wrong.message).toBe(
      `model server ${wire.server.address}: trainStep: set ${set.name}: the request names version 3, ` +
        'the set is at version 4; load the last checkpoint',
    );
    const absent = await failureOf(step({ name: 'nowhere', version: 0 }));
    expect(absent).toBeInstanceOf(VersionLostError);
    expect(absent.message).toContain('the set is not loaded');
    const ahead = { set: { ...set, version: 9 }, sequences: [], temperature: 1, precision: 'float32' } as const;
    await expect(wire.client.score(ahead)).rejects.toBeInstanceOf(VersionLostError);
  });

  test('what comes from before a recovery is FencedError', async () => {
    const set = await loadSet();
    const old = await failureOf(step(set, { fence: 1 }));
    expect(old).toBeInstanceOf(FencedError);
    expect(old).not.toBeInstanceOf(VersionLostError);
    expect(old.message).toContain('the request carries fence 1, the set is at 2');
    await step(set, { fence: 3 });
    const load = wire.client.load({ set, source: '/models/tiny', trainable: true, fence: 2 });
    await expect(load).rejects.toBeInstanceOf(FencedError);
  });

  test('a recovery reloads under a raised fence and redoes its steps', async () => {
    const set = await loadSet();
    const first = await step(set);
    await step({ ...set, version: 4 }, { batchDigest: 'batch-2' });
    await wire.client.load({ set, source: '/models/tiny', trainable: true, fence: 3 });
    expect(await step(set, { fence: 3 })).toEqual(first);
    await expect(step(set, { fence: 2 })).rejects.toBeInstanceOf(FencedError);
  });

  test('a step that fails half-way loses the set, for its repeat too', async () => {
    const set = await loadSet();
    await expect(step(set, { batchDigest: 'fail:Error' })).rejects.toBeInstanceOf(ModelServerFailedError);
    await expect(step(set, { batchDigest: 'fail:Error' })).rejects.toBeInstanceOf(VersionLostError);
  });
});

describe('errors keep their kind and their words', () => {
  test.each([
    ['VersionLostError', VersionLostError],
    ['FencedError', FencedError],
    ['RangeError', InvalidRequestError],
    ['TypeError', InvalidRequestError],
    ['Error', ModelServerFailedError],
  ])('%s in the core', async (name, type) => {
    const error = await failureOf(step(await loadSet(), { batchDigest: `fail:${name}` }));
    expect(error.constructor).toBe(type);
    expect(error.name).toBe(type.name);
    expect(error.message).toBe(
      `model server ${wire.server.address}: trainStep: asked to fail with ${name} — “ünïcode” too`,
    );
  });

  test('only failures that may be ours are logged, with the stack inside the thread', async () => {
    wire.log.length = 0;
    await failureOf(step(await loadSet(), { batchDigest: 'fail:RangeError' }));
    await failureOf(step(await loadSet(), { fence: 0 }));
    expect(wire.log).toEqual([]);
    await failureOf(step(await loadSet(), { batchDigest: 'fail:Error' }));
    expect(wire.log).toHaveLength(1);
    expect(wire.log[0]).toMatch(/^TrainStep: Error: asked to fail[^]*wire-engine\.ts/);
  });

  test('a call that runs out of its time', async () => {
    const set = await loadSet();
    const late = step(set, { batchDigest: 'block:300' });
    const timed = wire.client.info({ timeoutMs: 50 });
    await expect(timed).rejects.toBeInstanceOf(ModelServerTimeoutError);
    await late;
  });

  test('nobody at the address', async () => {
    const client = createModelClient({ address: '127.0.0.1:1' });
    const error = await failureOf(client.info());
    expect(error).toBeInstanceOf(ModelServerUnavailableError);
    expect(error.message).toMatch(/^model server 127\.0\.0\.1:1: info: .*; is the model server running\?$/);
    await expect(collect(client.watch())).rejects.toBeInstanceOf(ModelServerUnavailableError);
    client.close();
  });
});

describe('a core that ends', () => {
  test.each([
    ['exit', 'exit code 7'],
    ['throw', 'thrown out of the thread'],
  ])('by %s is reported once, and calls fail as unavailable', async (how, reason) => {
    const dying = await startWireServer();
    const running = failureOf(dying.client.drop(how));
    const waiting = failureOf(dying.client.info());
    await expect.poll(() => dying.deaths.map(({ message }) => message), PATIENT).toEqual([reason]);
    for (const error of [await running, await waiting, await failureOf(dying.client.info())]) {
      expect(error).toBeInstanceOf(ModelServerUnavailableError);
      expect(error.message).toContain(`the model core ended: ${reason}`);
    }
  });

  test('because there is no such core', async () => {
    const broken = await startWireServer({ engineModule: new URL('file:///nowhere/engine.ts') });
    expect((await broken.client.health()).status).toBe('starting');
    await expect.poll(() => broken.deaths[0]?.message, PATIENT).toContain('/nowhere/engine.ts');
    await expect(broken.client.info()).rejects.toBeInstanceOf(ModelServerUnavailableError);
  });
});

describe('bytes that are no request', () => {
  /** Posts raw bytes to a method, as some other HTTP/2 client would; gives the gRPC status. */
  async function post(path: string, body: Buffer): Promise<number> {
    const session = connectHttp2(`http://${wire.server.address}`);
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const status = new Promise<number>((resolve) => {
      const take = (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
      };
      stream.on('response', take);
      stream.on('trailers', take);
      stream.resume();
    });
    stream.end(body);
    const got = await status;
    session.close();
    return got;
  }
  const framed = (message: Buffer, length = message.length) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(length, 1);
    return Buffer.concat([head, message]);
  };

  test('garbage, an unknown method and a length beyond the limit end as statuses; the server goes on', async () => {
    const { path } = modelService.Score;
    expect(await post(path, framed(Buffer.from([0xff, 0xff, 0xff, 0xff])))).toBe(13); // INTERNAL
    expect(await post('/cabochon.model.v1.ModelService/Steal', framed(Buffer.alloc(0)))).toBe(12); // UNIMPLEMENTED
    expect(await post(path, framed(Buffer.alloc(16), 2 ** 31))).toBe(8); // RESOURCE_EXHAUSTED
    expect(await post(path, framed(Buffer.alloc(0)))).toBe(3); // INVALID_ARGUMENT: all fields absent
    expect((await wire.client.health()).status).toBe('idle');
  });
});

test('a token that is wrong or absent is refused, for every kind of call', async () => {
  const guarded = await startWireServer({ token: 'correct-horse-battery' }, { token: 'correct-horse-battery' });
  expect((await guarded.client.info()).device).toBe('arithmetic');
  const client = guarded.connect({ token: 'wrong-horse-battery!' });
  await expect(client.info()).rejects.toBeInstanceOf(ModelServerRefusedError);
  await expect(client.health()).rejects.toThrow(/got another token, expected the token of this server/);
  await expect(collect(client.watch())).rejects.toBeInstanceOf(ModelServerRefusedError);
  const bare = createModelClient({ address: guarded.server.address });
  await expect(bare.info()).rejects.toThrow(/got none, expected the token of this server/);
  bare.close();
});
