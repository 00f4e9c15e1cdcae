/**
 * What the model core offers its one caller, the model server. Plain data in, plain data out: every request and answer in
 * this folder can cross a thread or a wire. No tensors.
 */
import type { SparseTargets, TeacherTargetsRequest } from './distillation.ts';
import type { GenerateRequest, PromptCompletions } from './generation.ts';
import type { EmaRequest, MergeRequest } from './merging.ts';
import type { Precision } from './precision.ts';
import type { RewardRequest, RewardResult, RewardStepRequest, RewardStepResult } from './reward-models.ts';
import type { ScoreRequest, ScoreResult } from './scoring.ts';
import type { Sequence, TokenizeRequest } from './sequences.ts';
import type { CopyRequest, LoadRequest, SaveRequest, SaveResult, SetInfo } from './sets.ts';
import type { TrainStepRequest, TrainStepResult } from './training.ts';

/**
 * The model core. Calls are done one after the other, in order of arrival; each yields to the event loop between device
 * calls.
 *
 * @throws VersionLostError when a set is absent or at another version than the request names.
 * @throws FencedError when an update carries a lower fence than the set.
 * @throws RangeError, TypeError for requests that can never work.
 */
export interface Engine {
  load(request: LoadRequest): Promise<SetInfo>;
  copy(request: CopyRequest): Promise<SetInfo>;
  /** Frees a set. Dropping an absent set is fine. */
  drop(name: string): Promise<void>;
  save(request: SaveRequest): Promise<SaveResult>;
  info(): Promise<DeviceInfo>;
  tokenize(request: TokenizeRequest): Promise<readonly Sequence[]>;
  /** Answers come prompt by prompt, in the order in which prompts finish. */
  generate(
    request: GenerateRequest,
    onPrompt: (answer: PromptCompletions) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  score(request: ScoreRequest): Promise<ScoreResult>;
  /** Draws from a teacher's distribution at each completion token: the targets of a step of kind `given`. */
  teacherTargets(request: TeacherTargetsRequest): Promise<readonly SparseTargets[]>;
  trainStep(request: TrainStepRequest): Promise<TrainStepResult>;
  /** Rewards of completions by a reward model. */
  reward(request: RewardRequest): Promise<RewardResult>;
  /** {@link Engine.trainStep} for a reward model, on pairs. */
  rewardStep(request: RewardStepRequest): Promise<RewardStepResult>;
  ema(request: EmaRequest): Promise<SetInfo>;
  merge(request: MergeRequest): Promise<SetInfo>;
}

export interface DeviceInfo {
  /** `cpu`, or the GPU's name. */
  readonly device: string;
  readonly tensorflow: string;
  /** CPU instruction sets that matter for matrix products: avx2, avx512f, avx512_bf16, amx_bf16 … */
  readonly instructionSets: readonly string[];
  /** The faster one for matrix products, as measured when the core started. */
  readonly precision: Precision;
  /** How many times as fast as float32 products those in bfloat16 were. */
  readonly bfloat16Speedup: number;
  readonly residentBytes: number;
  readonly sets: readonly SetInfo[];
}

/** One thing the core says while it works. */
export interface EngineEvent {
  readonly kind: 'loading' | 'generating' | 'scoring' | 'training' | 'saving' | 'merging';
  readonly set: string;
  readonly done: number;
  readonly total: number;
}

/** A compiled function that met shapes or settings for the first time: what makes first calls slow. */
export interface Traced {
  readonly name: string;
  /** For how many it has been traced by now. */
  readonly shapes: number;
  /** Without its first run, in which TensorFlow still prepares it. */
  readonly milliseconds: number;
}

/** What a core is made with. */
export interface EngineOptions {
  /** Hears of the progress of long calls. */
  readonly onEvent?: (event: EngineEvent) => void;
  readonly onTraced?: (traced: Traced) => void;
}
