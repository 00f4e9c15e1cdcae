import type { SparseTargets, TeacherTargetsRequest } from '../model/api/distillation.ts';
import type { DeviceInfo, EngineEvent } from '../model/api/engine.ts';
import type { GenerateRequest, PromptCompletions } from '../model/api/generation.ts';
import type { EmaRequest, MergeRequest } from '../model/api/merging.ts';
import type { RewardRequest, RewardResult, RewardStepRequest, RewardStepResult } from '../model/api/reward-models.ts';
import type { ScoreRequest, ScoreResult } from '../model/api/scoring.ts';
import type { Sequence, TokenizeRequest } from '../model/api/sequences.ts';
import type { CopyRequest, LoadRequest, SaveRequest, SaveResult, SetInfo } from '../model/api/sets.ts';
import type { TrainStepRequest, TrainStepResult } from '../model/api/training.ts';

export type {
  Distillation,
  SparseTargets,
  TeacherDraw,
  TeacherSequence,
  TeacherTerm,
} from '../model/api/distillation.ts';
export type { DeviceInfo, EngineEvent } from '../model/api/engine.ts';
export type { Completion, GeneratePrompt, PromptCompletions, SamplingOptions } from '../model/api/generation.ts';
export type { MergeRequest } from '../model/api/merging.ts';
export type { Precision } from '../model/api/precision.ts';
export type { PreferencePair, RewardResult, RewardStepResult } from '../model/api/reward-models.ts';
export type { ScoreResult } from '../model/api/scoring.ts';
export type { Sequence, TokenizeItem } from '../model/api/sequences.ts';
export type { Calibration, RewardModelInfo, SaveResult, SetInfo, SetRef } from '../model/api/sets.ts';
export type { OptimizerOptions, TrainStepResult, WeightedSequence } from '../model/api/training.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; the call ends with DEADLINE_EXCEEDED after it. Default none: a step takes what it takes. */
  readonly timeoutMs?: number;
}

/** What the model server is doing now. Answered at once, also while a long step runs. */
export interface Health {
  readonly status: 'idle' | 'busy' | 'starting';
  /** Last progress of the work in hand; null when idle. */
  readonly progress: EngineEvent | null;
  readonly queued: number;
  /** Changes each time the server process starts. */
  readonly instanceId: string;
}

/** The model server as its callers see it; `server/grpc-client.ts` makes one that really calls it. */
export interface ModelClient {
  health(options?: CallOptions): Promise<Health>;
  info(options?: CallOptions): Promise<DeviceInfo>;
  load(request: LoadRequest, options?: CallOptions): Promise<SetInfo>;
  copy(request: CopyRequest, options?: CallOptions): Promise<SetInfo>;
  drop(name: string, options?: CallOptions): Promise<void>;
  save(request: SaveRequest, options?: CallOptions): Promise<SaveResult>;
  tokenize(request: TokenizeRequest, options?: CallOptions): Promise<readonly Sequence[]>;
  generate(request: GenerateRequest, options?: CallOptions): AsyncIterable<PromptCompletions>;
  score(request: ScoreRequest, options?: CallOptions): Promise<ScoreResult>;
  teacherTargets(request: TeacherTargetsRequest, options?: CallOptions): Promise<readonly SparseTargets[]>;
  trainStep(request: TrainStepRequest, options?: CallOptions): Promise<TrainStepResult>;
  reward(request: RewardRequest, options?: CallOptions): Promise<RewardResult>;
  rewardStep(request: RewardStepRequest, options?: CallOptions): Promise<RewardStepResult>;
  ema(request: EmaRequest, options?: CallOptions): Promise<SetInfo>;
  merge(request: MergeRequest, options?: CallOptions): Promise<SetInfo>;
  close(): void;
}
