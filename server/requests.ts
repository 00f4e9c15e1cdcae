import { z } from 'zod';

import type { TeacherTargetsRequest } from '../model/api/distillation.ts';
import type { GenerateRequest } from '../model/api/generation.ts';
import { LORA_TARGETS } from '../model/api/lora.ts';
import type { EmaRequest, MergeRequest } from '../model/api/merging.ts';
import type { RewardRequest, RewardStepRequest } from '../model/api/reward-models.ts';
import type { ScoreRequest } from '../model/api/scoring.ts';
import type { TokenizeRequest } from '../model/api/sequences.ts';
import type { CopyRequest, LoadRequest, SaveRequest } from '../model/api/sets.ts';
import type { TrainStepRequest } from '../model/api/training.ts';
import { InvalidRequestError } from './errors.ts';

/**
 * Sizes the server accepts, far above what a run needs. A message itself ends at 64 MiB (`server/limits.ts`).
 * Token ids are checked against 32 bits here; whether a vocabulary has them, the core knows.
 */
const MAX_ITEMS = 65_536;
const MAX_TOKENS = 131_072; // Gemma 3's longest context
const MAX_GENERATIONS = 1024;
const MAX_DRAWS = 4096; // of one position
const MAX_TARGETS = 2 ** 23; // of one sequence; a message of them ends at its own limit
const MAX_TEXT = 4 * MAX_TOKENS; // characters

// Each schema's message is what it expected: errors read `METHOD: FIELD: got …, expected MESSAGE`.

const text = (maxLength: number, what = `a text of at most ${maxLength} characters`) =>
  z.string(what).max(maxLength, what);
const label = (maxLength: number) =>
  text(maxLength, `1 to ${maxLength} printable characters`).regex(
    /^[^\p{Cc}]+$/u,
    `1 to ${maxLength} printable characters`,
  );
const path = () => label(4096).startsWith('/', 'an absolute path, as the server sees it');
const flag = () => z.boolean('true or false');
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) => {
  const what = max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`;
  return z.custom<number>((value) => Number.isSafeInteger(value) && within(value, min, max), what);
};
const real = (what: string, holds: (value: number) => boolean) =>
  z.custom<number>((value) => Number.isFinite(value) && holds(value as number), what);
const list = <T extends z.ZodType>(item: T) => z.array(item, 'a list').max(MAX_ITEMS, `a list of at most ${MAX_ITEMS}`);

// One check for the whole list, not one schema run for each of up to millions of numbers.
const numbers = (what: string, most: number, expected: string, holds: (value: number) => boolean) =>
  z
    .array(z.custom<number>(), `a list of ${what}s`)
    .min(1, `at least 1 ${what}`)
    .max(most, `at most ${most} ${what}s`)
    .check(({ value, issues }) => {
      const wrong = value.findIndex((number) => !holds(number));
      if (wrong < 0) return;
      issues.push({ code: 'custom', input: value[wrong], path: [wrong], message: expected });
    });
const isUint32 = (value: number) => Number.isInteger(value) && within(value, 0, 0xffff_ffff);
const tokenIds = (most = MAX_TOKENS) => numbers('token id', most, 'an integer from 0 to 2^32 - 1', isUint32);

const within = (value: unknown, min: number, max: number) => (value as number) >= min && (value as number) <= max;

const object = <T extends z.ZodRawShape>(shape: T) => z.object(shape, 'it to be set');
const setName = () => label(512);
const setRef = () => object({ name: setName(), version: whole(0) });
const fence = () => whole(0);
const precision = () => z.enum(['float32', 'bfloat16'], "'float32' or 'bfloat16'");
const temperature = () => real('a number above 0', (value) => value > 0);
const fraction = () => real('a number from 0 up to, not including, 1', (value) => value >= 0 && value < 1);
const notNegative = () => real('a number from 0', (value) => value >= 0);
const draw = () =>
  object({
    samples: whole(1, MAX_DRAWS),
    weighting: z.enum(['counts', 'renorm'], "'counts' or 'renorm'"),
    topK: whole(0, 0xffff_ffff),
    seed: whole(Number.MIN_SAFE_INTEGER),
  });
const distillation = () =>
  z.discriminatedUnion(
    'kind',
    [
      object({ kind: z.literal('given'), temperature: temperature() }),
      object({ kind: z.literal('sampled'), temperature: temperature(), teacher: setRef(), draw: draw() }),
      object({
        ...{ kind: z.literal('full'), temperature: temperature(), teacher: setRef() },
        beta: real('a number from 0 to 1', (value) => value >= 0 && value <= 1),
      }),
    ],
    "kind to be 'given', 'sampled' or 'full'",
  );
const targets = () =>
  object({
    counts: numbers(
      'count',
      MAX_TOKENS,
      `an integer from 1 to ${MAX_DRAWS}`,
      (value) => Number.isInteger(value) && within(value, 1, MAX_DRAWS),
    ),
    ids: tokenIds(MAX_TARGETS),
    weights: numbers('weight', MAX_TARGETS, 'a number from 0 to 1', (value) => within(value, 0, 1)),
  });
const teacherTerm = () =>
  object({ id: text(512), weight: real('a finite number', () => true), targets: targets().exactOptional() });
const sequence = { promptIds: tokenIds(), completionIds: tokenIds() };

const optimizer = () =>
  object({
    learningRate: notNegative(),
    beta1: fraction(),
    beta2: fraction(),
    epsilon: real('a number above 0', (value) => value > 0),
    weightDecay: notNegative(),
    maxGradNorm: notNegative(),
  });
const digest = () => label(64).regex(/^[0-9a-f]{64}$/, 'a sha256 in hexadecimal');
const adapter = () =>
  object({
    base: setRef(),
    create: object({
      rank: whole(1, 65_536),
      alpha: real('a number above 0', (value) => value > 0),
      targets: z.array(z.enum(LORA_TARGETS, `one of ${LORA_TARGETS.join(', ')}`), 'a list').min(1, 'at least 1 target'),
      seed: whole(Number.MIN_SAFE_INTEGER),
    }).exactOptional(),
  });
const rewardModelInfo = () =>
  object({
    baseSha256: digest(),
    headSha256: digest(),
    calibration: object({
      mean: real('a finite number', () => true),
      std: real('a number above 0', (value) => value > 0),
    }).exactOptional(),
  });

const schemas = {
  load: object({
    set: setRef(),
    source: path(),
    trainable: flag(),
    fence: fence(),
    scoreHead: object({ from: path().exactOptional() }).exactOptional(),
    adapter: adapter().exactOptional(),
  }) satisfies z.ZodType<LoadRequest>,
  copy: object({ from: setRef(), to: setName(), fence: fence() }) satisfies z.ZodType<CopyRequest>,
  drop: object({ name: setName() }),
  save: object({
    set: setRef(),
    folder: path(),
    withOptimizer: flag(),
    merged: flag().exactOptional(),
    rewardModel: rewardModelInfo().exactOptional(),
  }) satisfies z.ZodType<SaveRequest>,
  tokenize: object({
    set: setName(),
    items: list(
      object({
        prompt: text(MAX_TEXT),
        completion: text(MAX_TEXT).exactOptional(),
        endToken: flag().exactOptional(),
      }),
    ),
    chat: flag(),
  }) satisfies z.ZodType<TokenizeRequest>,
  generate: object({
    set: setRef(),
    prompts: list(object({ id: text(512), promptIds: tokenIds() })),
    numGenerations: whole(1, MAX_GENERATIONS),
    sampling: object({
      maxTokens: whole(1, MAX_TOKENS),
      temperature: notNegative(),
      topK: whole(0, 0xffff_ffff),
      topP: real('a number above 0 up to 1', (value) => value > 0 && value <= 1),
    }),
    seed: whole(Number.MIN_SAFE_INTEGER),
    precision: precision(),
  }) satisfies z.ZodType<GenerateRequest>,
  score: object({
    set: setRef(),
    sequences: list(object(sequence)),
    temperature: temperature(),
    precision: precision(),
  }) satisfies z.ZodType<ScoreRequest>,
  teacherTargets: object({
    ...{ teacher: setRef(), student: setName(), draw: draw(), temperature: temperature(), precision: precision() },
    sequences: list(object({ ...sequence, id: text(512) })),
  }) satisfies z.ZodType<TeacherTargetsRequest>,
  trainStep: object({
    set: setRef(),
    fence: fence(),
    batchDigest: label(256),
    sequences: list(
      object({ ...sequence, weight: real('a finite number', () => true), teacher: teacherTerm().exactOptional() }),
    ),
    temperature: temperature(),
    distillation: distillation().exactOptional(),
    optimizer: optimizer(),
    precision: precision(),
  }) satisfies z.ZodType<TrainStepRequest>,
  reward: object({
    set: setRef(),
    sequences: list(object(sequence)),
    calibrated: flag(),
    precision: precision(),
  }) satisfies z.ZodType<RewardRequest>,
  rewardStep: object({
    set: setRef(),
    fence: fence(),
    batchDigest: label(256),
    pairs: list(
      object({
        ...{ promptIds: tokenIds(), chosenIds: tokenIds(), rejectedIds: tokenIds() },
        margin: real('a finite number', () => true).exactOptional(),
      }),
    ),
    centerCoefficient: notNegative(),
    dropout: object({ rate: fraction(), seed: whole(-(2 ** 31), 2 ** 31 - 1) }),
    part: z.enum(['all', 'head'], "'all' or 'head'"),
    optimizer: optimizer(),
    precision: precision(),
  }) satisfies z.ZodType<RewardStepRequest>,
  ema: object({
    target: setRef(),
    source: setRef(),
    rate: real('a number from 0 to 1', (value) => value >= 0 && value <= 1),
    fence: fence(),
  }) satisfies z.ZodType<EmaRequest>,
  merge: z.discriminatedUnion(
    'method',
    [
      object({
        to: setRef(),
        fence: fence(),
        method: z.literal('linear'),
        parts: list(object({ set: setRef(), weight: real('a finite number', () => true) })),
      }),
      object({
        to: setRef(),
        fence: fence(),
        method: z.literal('slerp'),
        base: setRef(),
        sets: list(setRef()),
        lambdas: list(real('a number from 0 to 1', (value) => value >= 0 && value <= 1)),
      }),
    ],
    "'linear' or 'slerp'",
  ) satisfies z.ZodType<MergeRequest>,
};

export type RequestName = keyof typeof schemas;
export type ParsedRequest<N extends RequestName> = z.infer<(typeof schemas)[N]>;

/**
 * Checks a request. Both ends do: the server because it trusts nobody, the client because protobuf would silently turn
 * -1 or 1.5 into some other integer on the way.
 *
 * @throws InvalidRequestError naming the first field that is wrong, what it holds and what was expected.
 */
export function parseRequest<N extends RequestName>(name: N, request: unknown): ParsedRequest<N> {
  const result = schemas[name].safeParse(request);
  if (result.success) return result.data as ParsedRequest<N>;
  const issue = result.error.issues[0];
  const at = issue?.path ?? [];
  throw new InvalidRequestError(
    `${name}: ${at.length === 0 ? 'request' : fieldName(at)}: got ${show(valueAt(request, at))}, ` +
      `expected ${issue?.message}`,
  );
}

function fieldName(at: readonly PropertyKey[]): string {
  return at
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
}

function valueAt(root: unknown, at: readonly PropertyKey[]): unknown {
  return at.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);
}

/** A value in at most about 60 characters. */
function show(value: unknown): string {
  if (Array.isArray(value) && value.length > 8) return `a list of ${value.length}`;
  if (typeof value === 'string' && value.length > 60) return `a text of ${value.length} characters`;
  const shown = typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
