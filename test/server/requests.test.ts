import { describe, expect, test } from 'vitest';

import { InvalidRequestError } from '../../server/errors.ts';
import { parseRequest, type RequestName } from '../../server/requests.ts';

const set = { name: 'run/policy', version: 3 };
const sequence = { promptIds: [2, 7], completionIds: [9, 1] };
const good = {
  load: { set, source: '/models/tiny', trainable: true, fence: 0 },
  copy: { from: set, to: 'run/anchor', fence: 0 },
  drop: { name: 'run/policy' },
  save: { set, folder: '/runs/1', withOptimizer: false },
  tokenize: {
    set: 'run/policy',
    items: [{ prompt: 'a' }, { prompt: '', completion: 'b', endToken: false }],
    chat: true,
  },
  generate: {
    set,
    prompts: [{ id: 'p', promptIds: [2] }],
    numGenerations: 2,
    sampling: { maxTokens: 24, temperature: 0, topK: 0, topP: 1 },
    seed: -7,
    precision: 'bfloat16',
  },
  score: { set, sequences: [sequence], temperature: 1, precision: 'float32' },
  teacherTargets: {
    ...{ teacher: set, student: 'run/policy', sequences: [{ ...sequence, id: 'row-1' }] },
    ...{ draw: { samples: 256, weighting: 'counts', topK: 0, seed: -3 }, temperature: 2, precision: 'bfloat16' },
  },
  trainStep: {
    set,
    fence: 1,
    batchDigest: 'abc',
    sequences: [
      { ...sequence, weight: -0.5 },
      {
        ...{ ...sequence, weight: 0 },
        teacher: { id: 'row-2', weight: 0.5, targets: { counts: [1, 2], ids: [7, 8, 9], weights: [1, 0.25, 0.75] } },
      },
    ],
    temperature: 1,
    distillation: { kind: 'full', temperature: 1, teacher: set, beta: 0.5 },
    optimizer: { learningRate: 1e-5, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 },
    precision: 'float32',
  },
  reward: { set, sequences: [{ promptIds: [2], completionIds: [5] }], calibrated: false, precision: 'float32' },
  rewardStep: {
    ...{ set, fence: 0, batchDigest: 'a', pairs: [{ promptIds: [2], chosenIds: [5], rejectedIds: [6] }] },
    ...{ centerCoefficient: 0, dropout: { rate: 0, seed: -(2 ** 31) }, part: 'head', precision: 'float32' },
    optimizer: { learningRate: 0, beta1: 0, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 },
  },
  ema: { target: set, source: set, rate: 1, fence: 0 },
  merge: { to: set, fence: 0, method: 'linear', parts: [{ set: { name: 'a', version: 0 }, weight: -0.5 }] },
} satisfies Record<RequestName, unknown>;

/** `request` with the field at `path` replaced. */
function withField(request: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy = Array.isArray(request) ? [...request] : { ...(request as object) };
  Reflect.set(copy, key, withField(Reflect.get(copy, key), rest, value));
  return copy;
}

test.each(Object.entries(good))('a good %s passes as it is', (name, request) => {
  expect(parseRequest(name as RequestName, request)).toEqual(request);
});

describe('a wrong field is named, with what it holds and what was expected', () => {
  const control = `bell${String.fromCharCode(7)}`;
  test.each<[RequestName, (string | number)[], unknown, string]>([
    ['load', ['set'], null, 'load: set: got null, expected it to be set'],
    ['load', ['set', 'version'], -1, 'load: set.version: got -1, expected an integer from 0'],
    ['load', ['set', 'version'], 2 ** 53, 'load: set.version: got 9007199254740992, expected an integer from 0'],
    ['load', ['set', 'name'], '', 'load: set.name: got "", expected 1 to 512 printable characters'],
    [
      'load',
      ['source'],
      'models/tiny',
      'load: source: got "models/tiny", expected an absolute path, as the server sees it',
    ],
    ['load', ['fence'], 1.5, 'load: fence: got 1.5, expected an integer from 0'],
    ['load', ['trainable'], undefined, 'load: trainable: got undefined, expected true or false'],
    [
      'load',
      ['adapter'],
      { base: set, create: { rank: 4, alpha: 8, targets: ['q_proj', 'lm_head'], seed: 1 } },
      'load: adapter.create.targets[1]: got "lm_head", expected one of q_proj, k_proj, v_proj, o_proj, gate_proj, ' +
        'up_proj, down_proj',
    ],
    [
      'load',
      ['adapter'],
      { base: set, create: { rank: 0, alpha: 8, targets: ['q_proj'], seed: 1 } },
      'load: adapter.create.rank: got 0, expected an integer from 1 to 65536',
    ],
    ['copy', ['to'], control, String.raw`copy: to: got "bell\u0007", expected 1 to 512 printable characters`],
    [
      'drop',
      ['name'],
      'x'.repeat(513),
      'drop: name: got a text of 513 characters, expected 1 to 512 printable characters',
    ],
    [
      'save',
      ['rewardModel'],
      { baseSha256: 'a'.repeat(64), headSha256: 'short' },
      'save: rewardModel.headSha256: got "short", expected a sha256 in hexadecimal',
    ],
    ['rewardStep', ['part'], undefined, "rewardStep: part: got undefined, expected 'all' or 'head'"],
    [
      'rewardStep',
      ['pairs', 0, 'rejectedIds'],
      [],
      'rewardStep: pairs[0].rejectedIds: got [], expected at least 1 token id',
    ],
    [
      'rewardStep',
      ['dropout', 'rate'],
      1,
      'rewardStep: dropout.rate: got 1, expected a number from 0 up to, not including, 1',
    ],
    ['save', ['folder'], '', 'save: folder: got "", expected 1 to 4096 printable characters'],
    [
      'tokenize',
      ['items', 0, 'prompt'],
      undefined,
      'tokenize: items[0].prompt: got undefined, expected a text of at most 524288 characters',
    ],
    [
      'tokenize',
      ['items'],
      Array.from({ length: 65_537 }),
      'tokenize: items: got a list of 65537, expected a list of at most 65536',
    ],
    [
      'generate',
      ['prompts', 0, 'promptIds'],
      [],
      'generate: prompts[0].promptIds: got [], expected at least 1 token id',
    ],
    ['generate', ['numGenerations'], 0, 'generate: numGenerations: got 0, expected an integer from 1 to 1024'],
    [
      'generate',
      ['sampling', 'maxTokens'],
      131_073,
      'generate: sampling.maxTokens: got 131073, expected an integer from 1 to 131072',
    ],
    [
      'generate',
      ['sampling', 'temperature'],
      -0.1,
      'generate: sampling.temperature: got -0.1, expected a number from 0',
    ],
    ['generate', ['sampling', 'topK'], -1, 'generate: sampling.topK: got -1, expected an integer from 0 to 4294967295'],
    ['generate', ['sampling', 'topP'], 0, 'generate: sampling.topP: got 0, expected a number above 0 up to 1'],
    ['generate', ['seed'], 0.5, `generate: seed: got 0.5, expected an integer from ${Number.MIN_SAFE_INTEGER}`],
    ['generate', ['precision'], undefined, "generate: precision: got undefined, expected 'float32' or 'bfloat16'"],
    [
      'score',
      ['sequences', 0, 'completionIds', 1],
      -1,
      'score: sequences[0].completionIds[1]: got -1, expected an integer from 0 to 2^32 - 1',
    ],
    [
      'score',
      ['sequences', 0, 'promptIds', 0],
      1.5,
      'score: sequences[0].promptIds[0]: got 1.5, expected an integer from 0 to 2^32 - 1',
    ],
    ['score', ['temperature'], 0, 'score: temperature: got 0, expected a number above 0'],
    ['trainStep', ['sequences', 0, 'weight'], NaN, 'trainStep: sequences[0].weight: got NaN, expected a finite number'],
    [
      'trainStep',
      ['sequences', 0, 'weight'],
      Infinity,
      'trainStep: sequences[0].weight: got Infinity, expected a finite number',
    ],
    [
      'trainStep',
      ['distillation', 'beta'],
      1.5,
      'trainStep: distillation.beta: got 1.5, expected a number from 0 to 1',
    ],
    [
      'trainStep',
      ['distillation', 'kind'],
      'half',
      "trainStep: distillation.kind: got \"half\", expected kind to be 'given', 'sampled' or 'full'",
    ],
    [
      'trainStep',
      ['sequences', 1, 'teacher', 'targets', 'weights', 2],
      1.25,
      'trainStep: sequences[1].teacher.targets.weights[2]: got 1.25, expected a number from 0 to 1',
    ],
    [
      'teacherTargets',
      ['draw', 'samples'],
      0,
      'teacherTargets: draw.samples: got 0, expected an integer from 1 to 4096',
    ],
    ['trainStep', ['batchDigest'], '', 'trainStep: batchDigest: got "", expected 1 to 256 printable characters'],
    [
      'trainStep',
      ['optimizer', 'learningRate'],
      NaN,
      'trainStep: optimizer.learningRate: got NaN, expected a number from 0',
    ],
    [
      'trainStep',
      ['optimizer', 'beta2'],
      1,
      'trainStep: optimizer.beta2: got 1, expected a number from 0 up to, not including, 1',
    ],
    ['trainStep', ['optimizer', 'epsilon'], 0, 'trainStep: optimizer.epsilon: got 0, expected a number above 0'],
    ['ema', ['rate'], 1.01, 'ema: rate: got 1.01, expected a number from 0 to 1'],
    ['ema', ['source'], undefined, 'ema: source: got undefined, expected it to be set'],
    ['merge', ['method'], 'ties', "merge: method: got \"ties\", expected 'linear' or 'slerp'"],
    ['merge', ['parts', 0, 'weight'], NaN, 'merge: parts[0].weight: got NaN, expected a finite number'],
  ])('%s %j = %j', (name, path, value, message) => {
    const parse = () => parseRequest(name, withField(good[name], path, value));
    expect(parse).toThrow(InvalidRequestError);
    expect(parse).toThrow(message);
  });

  test('a request that is no object at all', () => {
    expect(() => parseRequest('drop', 'run/policy')).toThrow('drop: request: got "run/policy", expected it to be set');
  });
});
