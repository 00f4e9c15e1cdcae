import type { Distillation, TeacherDraw, TeacherTargetsRequest } from '../model/api/distillation.ts';
import type { DeviceInfo, EngineEvent } from '../model/api/engine.ts';
import type { PromptCompletions } from '../model/api/generation.ts';
import type { MergeRequest } from '../model/api/merging.ts';
import type { Precision } from '../model/api/precision.ts';
import type { RewardStepRequest } from '../model/api/reward-models.ts';
import type { ScoreResult } from '../model/api/scoring.ts';
import type { TrainStepRequest } from '../model/api/training.ts';
import type { Health } from './client.ts';
import type { HealthResponse, HealthResponse__Output } from './proto/generated/cabochon/model/v1/HealthResponse.ts';
import type { DeviceInfo__Output as WireInfo } from './proto/generated/cabochon/model/v1/DeviceInfo.ts';
import type {
  MergeRequest as WireMergeInput,
  MergeRequest__Output as WireMerge,
} from './proto/generated/cabochon/model/v1/MergeRequest.ts';
import type { Precision__Output as WirePrecision } from './proto/generated/cabochon/model/v1/Precision.ts';
import type { Progress__Output as WireProgress } from './proto/generated/cabochon/model/v1/Progress.ts';
import type {
  PromptCompletions as WireCompletions,
  PromptCompletions__Output as WireCompletionsOutput,
} from './proto/generated/cabochon/model/v1/PromptCompletions.ts';
import type { TeacherTargetsRequest__Output as WireTeacherTargets } from './proto/generated/cabochon/model/v1/TeacherTargetsRequest.ts';
import type { TrainStepRequest__Output as WireTrainStep } from './proto/generated/cabochon/model/v1/TrainStepRequest.ts';
import type { RewardStepRequest__Output as WireRewardStep } from './proto/generated/cabochon/model/v1/RewardStepRequest.ts';
import type { ScoreResponse, ScoreResponse__Output } from './proto/generated/cabochon/model/v1/ScoreResponse.ts';

// The messages mirror model/api/ field by field. Only what differs is converted here: enums, which are words on our
// side, and lists of lists, which protobuf does not have.

/** A value whose type lost its `readonly`s. The generated request types lack them, though nobody writes there. */
export type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

/** The same value, typed as the generated request types want it. */
export function mutable<T>(value: T): Mutable<T> {
  return value as Mutable<T>;
}

type ServerStatus = HealthResponse__Output['status'];

const PRECISIONS = { float32: 'PRECISION_FLOAT32', bfloat16: 'PRECISION_BFLOAT16' } as const;
const WEIGHTINGS = { counts: 'TEACHER_WEIGHTING_COUNTS', renorm: 'TEACHER_WEIGHTING_RENORM' } as const;
const DISTILLATIONS = {
  given: 'DISTILLATION_KIND_GIVEN',
  sampled: 'DISTILLATION_KIND_SAMPLED',
  full: 'DISTILLATION_KIND_FULL',
} as const;
const PARTS = { all: 'TRAINED_PART_ALL', head: 'TRAINED_PART_HEAD' } as const;
const FINISH_REASONS = { stop: 'FINISH_REASON_STOP', length: 'FINISH_REASON_LENGTH' } as const;
const STATUSES = {
  starting: 'SERVER_STATUS_STARTING',
  idle: 'SERVER_STATUS_IDLE',
  busy: 'SERVER_STATUS_BUSY',
} as const satisfies Record<Health['status'], ServerStatus>;
const PROGRESS_KINDS = {
  loading: 'PROGRESS_KIND_LOADING',
  generating: 'PROGRESS_KIND_GENERATING',
  scoring: 'PROGRESS_KIND_SCORING',
  training: 'PROGRESS_KIND_TRAINING',
  saving: 'PROGRESS_KIND_SAVING',
  merging: 'PROGRESS_KIND_MERGING',
} as const satisfies Record<EngineEvent['kind'], WireProgress['kind']>;

/** Our word for an enum value; undefined for `…_UNSPECIFIED`, which a request's check then refuses. */
function wordOf<Word extends string>(table: Record<Word, string>, value: string): Word | undefined {
  return (Object.keys(table) as Word[]).find((word) => table[word] === value);
}

/** {@link wordOf} for answers, which come from our own server. */
function knownWordOf<Word extends string>(table: Record<Word, string>, value: string): Word {
  const word = wordOf(table, value);
  if (word === undefined)
    throw new RangeError(`model server: got ${value}, expected ${Object.values(table).join(', ')}`);
  return word;
}

export function toWirePrecision<T extends { readonly precision: Precision }>(request: T) {
  return { ...request, precision: PRECISIONS[request.precision] };
}

export function fromWirePrecision<T extends { readonly precision: WirePrecision }>(request: T) {
  return { ...request, precision: wordOf(PRECISIONS, request.precision) };
}

export function fromWireInfo(info: WireInfo): DeviceInfo {
  return { ...info, precision: knownWordOf(PRECISIONS, info.precision) };
}

/** The method is a word on our side, and the one field that is set on the wire. */
export function toWireMerge(request: MergeRequest): WireMergeInput {
  const { to, fence } = request;
  if (request.method === 'linear') return mutable({ to, fence, linear: { parts: request.parts } });
  const { base, sets, lambdas } = request;
  return mutable({ to, fence, slerp: { base, sets, lambdas } });
}

export function fromWireMerge({ to, fence, linear, slerp }: WireMerge) {
  return { to, fence, ...(linear ? { method: 'linear', ...linear } : slerp ? { method: 'slerp', ...slerp } : {}) };
}

export function toWireTrainStep(request: TrainStepRequest) {
  const { distillation } = request;
  const wire = { ...mutable(request), precision: PRECISIONS[request.precision] };
  return distillation ? { ...wire, distillation: toWireDistillation(distillation) } : { ...wire, distillation: null };
}

function toWireDistillation(distillation: Distillation) {
  const kind = DISTILLATIONS[distillation.kind];
  if (distillation.kind !== 'sampled') return { ...distillation, kind };
  return { ...distillation, kind, draw: toWireDraw(distillation.draw) };
}

export function fromWireTrainStep(request: WireTrainStep) {
  const { distillation, sequences, precision, ...others } = request;
  const rest = { ...others, precision: wordOf(PRECISIONS, precision) };
  const terms = sequences.map(({ teacher, ...sequence }) => {
    if (!teacher) return sequence;
    const { targets, ...term } = teacher;
    return { ...sequence, teacher: targets ? { ...term, targets } : term };
  });
  if (!distillation) return { ...rest, sequences: terms };
  const { kind, temperature, teacher, draw, beta } = distillation;
  const parts = { kind: wordOf(DISTILLATIONS, kind), temperature, teacher, beta, draw: draw && fromWireDraw(draw) };
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null && value !== undefined));
  return { ...rest, sequences: terms, distillation: given };
}

export function toWireRewardStep(request: RewardStepRequest) {
  return { ...mutable(request), precision: PRECISIONS[request.precision], part: PARTS[request.part] };
}

export function fromWireRewardStep(request: WireRewardStep) {
  const { precision, part } = request;
  return { ...request, precision: wordOf(PRECISIONS, precision), part: wordOf(PARTS, part) };
}

export function toWireTeacherTargets(request: TeacherTargetsRequest) {
  return { ...mutable(request), precision: PRECISIONS[request.precision], draw: toWireDraw(request.draw) };
}

export function fromWireTeacherTargets(request: WireTeacherTargets) {
  const { precision, draw } = request;
  return { ...request, precision: wordOf(PRECISIONS, precision), draw: draw && fromWireDraw(draw) };
}

function toWireDraw(draw: TeacherDraw) {
  return { ...draw, weighting: WEIGHTINGS[draw.weighting] };
}

function fromWireDraw<T extends { readonly weighting: string }>(draw: T) {
  return { ...draw, weighting: wordOf(WEIGHTINGS, draw.weighting) };
}

export function toWireCompletions({ promptIndex, completions }: PromptCompletions): WireCompletions {
  return mutable({
    promptIndex,
    completions: completions.map((one) => ({ ...one, finishReason: FINISH_REASONS[one.finishReason] })),
  });
}

export function fromWireCompletions({ promptIndex, completions }: WireCompletionsOutput): PromptCompletions {
  return {
    promptIndex,
    completions: completions.map((one) => ({ ...one, finishReason: knownWordOf(FINISH_REASONS, one.finishReason) })),
  };
}

export function toWireScore({ logProbs }: ScoreResult): ScoreResponse {
  return { sequences: logProbs.map((sequence) => ({ logProbs: mutable(sequence) })) };
}

export function fromWireScore({ sequences }: ScoreResponse__Output): ScoreResult {
  return { logProbs: sequences.map(({ logProbs }) => logProbs) };
}

export function toWireProgress(event: EngineEvent) {
  return { ...event, kind: PROGRESS_KINDS[event.kind] };
}

export function fromWireProgress(progress: WireProgress): EngineEvent {
  return { ...progress, kind: knownWordOf(PROGRESS_KINDS, progress.kind) };
}

export function toWireHealth({ status, progress, ...rest }: Health): HealthResponse {
  return { ...rest, status: STATUSES[status], progress: progress && toWireProgress(progress) };
}

export function fromWireHealth({ status, progress, queued, instanceId }: HealthResponse__Output): Health {
  return {
    status: knownWordOf(STATUSES, status),
    progress: progress ? fromWireProgress(progress) : null,
    queued,
    instanceId,
  };
}
