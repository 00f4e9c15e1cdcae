import type {
  CopyRequest,
  DeviceInfo,
  EmaRequest,
  EngineEvent,
  GenerateRequest,
  LoadRequest,
  MergeRequest,
  PromptCompletions,
  RewardRequest,
  RewardResult,
  RewardStepRequest,
  RewardStepResult,
  SaveRequest,
  SaveResult,
  ScoreRequest,
  ScoreResult,
  Sequence,
  SetInfo,
  SparseTargets,
  TeacherTargetsRequest,
  TokenizeRequest,
  TrainStepRequest,
  TrainStepResult,
} from '../model/engine-api.ts';

export type {
  Calibration,
  Completion,
  DeviceInfo,
  Distillation,
  EngineEvent,
  GeneratePrompt,
  MergeRequest,
  OptimizerOptions,
  Precision,
  PreferencePair,
  PromptCompletions,
  RewardModelInfo,
  RewardResult,
  RewardStepResult,
  SamplingOptions,
  SaveResult,
  ScoreResult,
  Sequence,
  SetInfo,
  SetRef,
  SparseTargets,
  TeacherDraw,
  TeacherSequence,
  TeacherTerm,
  TokenizeItem,
  TrainStepResult,
  WeightedSequence,
} from '../model/engine-api.ts';

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
