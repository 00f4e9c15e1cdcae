import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { writeTinyCheckpoint } from '../../model/checkpoints/tiny-preset.ts';
import type { PromptCompletions, WeightedSequence } from '../../server/client.ts';
import {
  FencedError,
  InvalidRequestError,
  ModelServerUnavailableError,
  VersionLostError,
} from '../../server/errors.ts';
import { createModelClient, type ModelServerClient } from '../../server/grpc-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

interface Serve {
  readonly child: ChildProcess;
  /** What came on stdout and stderr so far. */
  readonly out: string[];
  readonly err: string[];
  /** The first line on stdout; null when it ended without one. */
  readonly line: Promise<string | null>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** `cabochon serve`, ended with the test if it has not ended before. */
function serve(args: readonly string[], channel: 'ipc' | 'ignore' = 'ignore'): Serve {
  const child = spawn(process.execPath, [main, 'serve', ...args], { stdio: ['ignore', 'pipe', 'pipe', channel] });
  // Not `close`, which does not come for a child whose channel was closed from here.
  const ended = (async () => {
    const [code, signal] = await once(child, 'exit');
    for (const stream of [child.stdout, child.stderr]) if (stream) await finished(stream);
    return (code ?? signal) as number | string;
  })();
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const read = (stream: Readable | null) => {
    const lines: string[] = [];
    if (stream) createInterface(stream).on('line', (line) => lines.push(line));
    return lines;
  };
  const [out, err] = [read(child.stdout), read(child.stderr)];
  const line = (async () => {
    const state = { ended: false };
    void ended.then(() => (state.ended = true));
    while (out.length === 0 && !state.ended) await sleep(10);
    return out[0] ?? null;
  })();
  return { child, out, err, line, ended };
}

async function addressOf({ line, err }: Serve): Promise<string> {
  const first = await line;
  if (first === null) expect.fail(`serve ended: ${err.join('\n')}`);
  return (JSON.parse(first) as { address: string }).address;
}

function connect(address: string): ModelServerClient {
  const client = createModelClient({ address });
  onTestFinished(() => client.close());
  return client;
}

const policy = { name: 'run/policy', version: 0 };
const sequences: WeightedSequence[] = [
  { promptIds: [2, 58, 36, 20], completionIds: [13, 1], weight: 0.5 },
  { promptIds: [2, 23, 304, 278, 27], completionIds: [39, 5, 78, 1], weight: -0.25 },
];
const optimizer = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
const common = { temperature: 1, precision: 'float32' } as const;

const stepFrom = (client: ModelServerClient, version: number, fence = 0) => {
  const batchDigest = `batch-${version}`;
  return client.trainStep({ set: { ...policy, version }, fence, batchDigest, sequences, optimizer, ...common });
};

async function sample(client: ModelServerClient, version: number): Promise<PromptCompletions[]> {
  const answers: PromptCompletions[] = [];
  const request = {
    set: { ...policy, version },
    prompts: sequences.map(({ promptIds }, index) => ({ id: `prompt ${index}`, promptIds })),
    numGenerations: 3,
    sampling: { maxTokens: 9, temperature: 1, topK: 0, topP: 1 },
    seed: 5,
    precision: 'float32',
  } as const;
  for await (const answer of client.generate(request)) answers.push(answer);
  return answers.sort((a, b) => a.promptIndex - b.promptIndex);
}

test('a run on the real core goes on with the same bits after its server was killed', async () => {
  const folder = temporaryFolder();
  const start = join(folder, 'tiny');
  await writeTinyCheckpoint(start);
  const first = serve(['--listen', '127.0.0.1:0', '--json']);
  const address = await addressOf(first);
  const client = connect(address);

  await client.load({ set: policy, source: start, trainable: true, fence: 0 });
  const stepped = [await stepFrom(client, 0), await stepFrom(client, 1)];
  expect(await stepFrom(client, 1)).toEqual(stepped[1]); // a repeat
  const checkpoint = join(folder, 'sft-2');
  await client.save({ set: { ...policy, version: 2 }, folder: checkpoint, withOptimizer: true });
  const third = await stepFrom(client, 2);
  const samples = await sample(client, 3);
  expect(third.loss).not.toBe(stepped[1]?.loss);

  first.child.kill('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  await expect(client.health()).rejects.toBeInstanceOf(ModelServerUnavailableError);

  await addressOf(serve(['--listen', address, '--json']));
  const lost = expect.poll(() => stepFrom(client, 3).catch((error: unknown) => error), { timeout: 10_000 });
  await lost.toBeInstanceOf(VersionLostError);
  await client.load({ set: { ...policy, version: 2 }, source: checkpoint, trainable: true, fence: 1 });
  expect(await stepFrom(client, 2, 1)).toEqual(third);
  expect(await sample(client, 3)).toEqual(samples);
  await expect(stepFrom(client, 3, 0)).rejects.toBeInstanceOf(FencedError);
});

test('over the wire, log-probabilities of samples are what scoring them gives, and bad requests are refused', async () => {
  const folder = temporaryFolder();
  await writeTinyCheckpoint(join(folder, 'tiny'));
  const client = connect(await addressOf(serve(['--listen', `unix:${join(folder, 'socket')}`, '--json'])));
  await client.load({ set: policy, source: join(folder, 'tiny'), trainable: false, fence: 0 });

  const [answer] = await sample(client, 0);
  const completions = answer?.completions ?? [];
  const scored = await client.score({
    set: policy,
    sequences: completions.map(({ tokenIds }) => ({ promptIds: [2, 58, 36, 20], completionIds: tokenIds })),
    ...common,
  });
  // Largest difference seen: 1.4e-6 nats.
  const differences = completions.flatMap(({ logProbs }, row) =>
    logProbs.map((value, at) => Math.abs(value - (scored.logProbs[row]?.[at] ?? Infinity))),
  );
  expect(differences.length).toBeGreaterThan(9);
  expect(Math.max(...differences)).toBeLessThan(1e-5);
  for (const value of completions.flatMap(({ logProbs }) => logProbs)) expect(Math.fround(value)).toBe(value);

  const nowhere = client.load({ set: { name: 'x', version: 0 }, source: '/nowhere', trainable: false, fence: 0 });
  await expect(nowhere).rejects.toThrow(/\/nowhere: no such file or folder/);
  await expect(nowhere).rejects.toBeInstanceOf(InvalidRequestError);
  await expect(stepFrom(client, 0)).rejects.toThrow(/not trainable/);
});

test('health answers while the core works', async () => {
  const folder = temporaryFolder();
  await writeTinyCheckpoint(join(folder, 'tiny'));
  const client = connect(await addressOf(serve(['--listen', `unix:${join(folder, 'socket')}`, '--json'])));
  await client.load({ set: policy, source: join(folder, 'tiny'), trainable: true, fence: 0 });
  const state = { done: false };
  const work = stepFrom(client, 0).finally(() => (state.done = true)); // traces its graphs first: about a second
  const times: number[] = [];
  while (!state.done) {
    const start = performance.now();
    await client.health();
    times.push(performance.now() - start);
    await sleep(10);
  }
  await work;
  times.sort((a, b) => a - b);
  expect(times.length).toBeGreaterThan(5);
  // Half of them: other tests may keep the cores busy.
  expect(times[Math.floor(times.length / 2)]).toBeLessThan(100);
});

test('one JSON line on stdout, and a quiet end when asked', async () => {
  const asked = serve(['--listen', '127.0.0.1:0', '--json']);
  const ready = JSON.parse((await asked.line) ?? '');
  expect(ready).toEqual({
    address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    instanceId: (await connect(ready.address).health()).instanceId,
    pid: asked.child.pid,
  });
  asked.child.kill('SIGTERM');
  expect(await asked.ended).toBe(0);
  expect(asked.out).toHaveLength(1);
});

test('ends with the process that holds its channel', async () => {
  const child = serve(['--listen', '127.0.0.1:0'], 'ipc');
  expect(await child.line).toMatch(/^model server listens on 127\.0\.0\.1:\d+$/);
  child.child.disconnect();
  expect(await child.ended).toBe(0);
});

test('wrong usage ends with 2 and says what is wrong', async () => {
  const token = join(temporaryFolder(), 'token');
  writeFileSync(token, 'correct-horse-battery\n');
  const cases: [string[], RegExp][] = [
    [
      ['--listen', '0.0.0.0:0'],
      /can be reached from other machines, which needs a TLS certificate and key and a token/,
    ],
    [['--listen', '0.0.0.0:0', '--token-file', token], /which needs a TLS certificate and key;/],
    [['--listen', '50061'], /got "50061", expected HOST:PORT/],
    [['--tls-cert', 'cert.pem'], /--tls-cert and --tls-key belong together/],
    [['--token-file', '/nowhere/token'], /cannot read \/nowhere\/token/],
  ];
  await Promise.all(
    cases.map(async ([args, message]) => {
      const refused = serve(args);
      expect(await refused.ended).toBe(2);
      expect(refused.err.join('\n')).toMatch(message);
    }),
  );
});

test('an address that is taken ends with 1', async () => {
  const first = serve(['--listen', '127.0.0.1:0', '--json']);
  const second = serve(['--listen', await addressOf(first)]);
  expect(await second.ended).toBe(1);
  expect(second.err.join('\n')).toMatch(/cannot listen on 127\.0\.0\.1:\d+: .*does another model server run there\?/);
});
