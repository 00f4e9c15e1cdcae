/**
 * What the model core offers its one caller, the model server. Plain data in, plain data out: every request and answer
 * can cross a thread or a wire. No tensors.
 */

/** A weight set at one point of its history. `version` counts the optimizer (or EMA) steps in the weights. */
export interface SetRef {
  readonly name: string;
  readonly version: number;
}

/** Number format of a matrix product. Norms, softmax, losses, moments and EMA are float32 in both. */
export type Precision = 'float32' | 'bfloat16';

export interface LoadRequest {
  readonly set: SetRef;
  /** Checkpoint folder in Hugging Face layout, or a `.gguf` file. */
  readonly source: string;
  /** Trainable sets get optimizer moments; these are read from `source` when it has them, else start at zero. */
  readonly trainable: boolean;
  /** Grows with each recovery of a run; a set refuses updates that carry a lower one. */
  readonly fence: number;
  /**
   * Loads a language model as a reward model: with the head of the reward model in folder `from`, else one of zeros. Without
   * it, a set is what its checkpoint is.
   */
  readonly scoreHead?: { readonly from?: string };
  /** The set is to be an adapter: a few small matrices of its own on the weights of another set, which stay as they are. */
  readonly adapter?: AdapterRequest;
}

/** The matrices that an adapter can be put on, by peft's names for them. */
export const LORA_TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

/** The shape of an adapter (LoRA, arXiv 2106.09685): W + alpha / rank · B · A for each matrix named. */
export interface LoraShape {
  readonly rank: number;
  readonly alpha: number;
  /** Of every layer. */
  readonly targets: readonly LoraTarget[];
}

/** A new adapter: A uniform in ±1/√in as `seed` decides, B zero, so that it changes nothing yet. */
export interface LoraOptions extends LoraShape {
  readonly seed: number;
}

/** A set that is an adapter on another one. */
export interface AdapterRequest {
  /** A language model on the device, without moments. All adapters on it share it; they are lost when it is. */
  readonly base: SetRef;
  /** Makes a new one; `source` then only says what the base is. Without it, the one in the folder `source` is read. */
  readonly create?: LoraOptions;
}

export interface CopyRequest {
  readonly from: SetRef;
  /** Name of the new set. It starts at the version of `from`, without optimizer moments. */
  readonly to: string;
  readonly fence: number;
}

export interface SaveRequest {
  readonly set: SetRef;
  /** Made complete under a temporary name, fsynced, then renamed; an existing folder is replaced. */
  readonly folder: string;
  /** Also write the optimizer moments, so that training can go on from here. */
  readonly withOptimizer: boolean;
  /** Of an adapter: writes the whole model that it makes of its base, in float32. Else an adapter is a folder as peft's. */
  readonly merged?: boolean;
  /** What to note beside the weights of a reward model; without it, what was noted where it came from. */
  readonly rewardModel?: RewardModelInfo;
}

/** What is known of a reward model beside its weights: `reward_model.json` in its folder. */
export interface RewardModelInfo {
  /** sha256 of the pretrained weights that everything began with. */
  readonly baseSha256: string;
  /** sha256 of the linear probe whose head the fine-tuning began with. */
  readonly headSha256: string;
  readonly calibration?: Calibration;
}

/** Mean and standard deviation of the rewards of a reference sample: a calibrated reward is (r − mean) / std. */
export interface Calibration {
  readonly mean: number;
  readonly std: number;
}

export interface SaveResult {
  readonly folder: string;
  readonly bytes: number;
  /** Of the weight file(s), in hexadecimal. */
  readonly sha256: string;
}

export interface SetInfo extends SetRef {
  /** Where the weights came from: a path, or `copy of NAME@VERSION`. */
  readonly source: string;
  readonly trainable: boolean;
  readonly fence: number;
  /** Numbers that are its own: an adapter's without its base's. */
  readonly parameters: number;
  /** Bytes of its variables on the device, moments included. */
  readonly bytes: number;
}

export interface TokenizeRequest {
  readonly set: string;
  readonly items: readonly TokenizeItem[];
  /** Wrap `prompt` as one user turn of Gemma's chat template. False means BOS and the text, nothing else. */
  readonly chat: boolean;
}

export interface TokenizeItem {
  readonly prompt: string;
  /** Text to train on or to score; its ids end with the end token (`<end_of_turn>` in a chat, else `<eos>`). */
  readonly completion?: string;
  /** False leaves the end token off. Default true. */
  readonly endToken?: boolean;
}

/** Prompt and completion as token ids; the prompt's begin with exactly one BOS. */
export interface Sequence {
  readonly promptIds: readonly number[];
  readonly completionIds: readonly number[];
}

export interface SamplingOptions {
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Sample among the k most likely tokens only; 0 means all. */
  readonly topK: number;
  /** Sample within the smallest set of tokens that holds this much probability, (0, 1]; 1 means all. */
  readonly topP: number;
}

export interface GenerateRequest {
  readonly set: SetRef;
  readonly prompts: readonly GeneratePrompt[];
  readonly numGenerations: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  readonly precision: Precision;
}

export interface GeneratePrompt {
  /** Names the prompt in the random stream: (seed, id, sample index, token position) fixes a sample. Any string. */
  readonly id: string;
  readonly promptIds: readonly number[];
}

/** All samples of one prompt, in sample order. */
export interface PromptCompletions {
  /** Index into the request's prompts. */
  readonly promptIndex: number;
  readonly completions: readonly Completion[];
}

export interface Completion {
  /** Text without the end token. */
  readonly text: string;
  /** The end token is the last id when `finishReason` is `stop`. */
  readonly tokenIds: readonly number[];
  /** Nats, of each token in `tokenIds`, under softmax(logits / temperature) over all tokens (temperature 1 if greedy). */
  readonly logProbs: readonly number[];
  readonly finishReason: 'stop' | 'length';
}

export interface ScoreRequest {
  readonly set: SetRef;
  readonly sequences: readonly Sequence[];
  /** Divides the logits; 1 for plain log-probabilities. */
  readonly temperature: number;
  readonly precision: Precision;
}

export interface ScoreResult {
  /** Nats, of each completion token. [sequences][completion tokens] */
  readonly logProbs: readonly (readonly number[])[];
}

export interface RewardRequest {
  readonly set: SetRef;
  readonly sequences: readonly Sequence[];
  /** By the set's own calibration. False: the head's number as it is. */
  readonly calibrated: boolean;
  readonly precision: Precision;
}

export interface RewardResult {
  /** One for each sequence. */
  readonly rewards: readonly number[];
}

export interface WeightedSequence extends Sequence {
  /** w in the loss −Σ w · log π(completion | prompt). May be negative. */
  readonly weight: number;
  /** What it learns from a teacher besides; only in a step with `distillation`. */
  readonly teacher?: TeacherTerm;
}

export interface TeacherTerm {
  /** Names the sequence in the random stream of the draws. */
  readonly id: string;
  /** d in the loss Σ d · divergence from the teacher, summed over the completion's tokens. */
  readonly weight: number;
  /** Where the step's distillation is of kind `given`, unless `weight` is 0. */
  readonly targets?: SparseTargets;
}

/** Tokens and their weights for each completion token, one after the other. */
export interface SparseTargets {
  /** Entries of each completion token. */
  readonly counts: readonly number[];
  readonly ids: readonly number[];
  /** Of each completion token they sum to 1. */
  readonly weights: readonly number[];
}

/** How targets are drawn from a teacher: `samples` tokens for each position, with replacement. */
export interface TeacherDraw {
  readonly samples: number;
  /** `counts`: a token weighs its share of the draws (unbiased). `renorm`: the teacher's probability, scaled to sum 1. */
  readonly weighting: 'counts' | 'renorm';
  /** Draw among the k most likely tokens only; 0 means all. */
  readonly topK: number;
  readonly seed: number;
}

/**
 * The second term of a step's loss. `given`: cross-entropy against targets that the sequences bring along. `sampled`: the
 * same, against targets drawn now. `full`: generalised JSD of the whole distributions, β = 0 the forward KL(teacher‖student),
 * β = 1 the reverse.
 */
export type Distillation =
  | { readonly kind: 'given'; readonly temperature: number }
  | { readonly kind: 'sampled'; readonly temperature: number; readonly teacher: SetRef; readonly draw: TeacherDraw }
  | { readonly kind: 'full'; readonly temperature: number; readonly teacher: SetRef; readonly beta: number };

export interface TeacherSequence extends Sequence {
  /** As `TeacherTerm.id`: the same id, seed and position give the same draws. */
  readonly id: string;
}

export interface TeacherTargetsRequest {
  readonly teacher: SetRef;
  /** Name of the set that will learn from it: refused when their tokenizers differ. */
  readonly student: string;
  readonly sequences: readonly TeacherSequence[];
  readonly draw: TeacherDraw;
  /** Divides the teacher's logits. */
  readonly temperature: number;
  readonly precision: Precision;
}

export interface OptimizerOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled (AdamW); not applied to norms. */
  readonly weightDecay: number;
  /** Global L2 norm to clip the gradient to; 0 leaves it as it is. */
  readonly maxGradNorm: number;
}

export interface TrainStepRequest {
  /** The version to step from. The answer's version is one higher. */
  readonly set: SetRef;
  readonly fence: number;
  /** Identity of the batch: the same update asked again gives the recorded answer and does not step. */
  readonly batchDigest: string;
  readonly sequences: readonly WeightedSequence[];
  /** Divides the logits, as in sampling. */
  readonly temperature: number;
  /** Adds what sequences learn from a teacher; its `temperature` divides both models' logits there, without a factor T². */
  readonly distillation?: Distillation;
  readonly optimizer: OptimizerOptions;
  readonly precision: Precision;
}

export interface TrainStepResult {
  readonly version: number;
  /** −Σ w · log π + Σ d · divergence, in nats times the unit of the weights. */
  readonly loss: number;
  /** The second of these sums; 0 without distillation. */
  readonly teacherLoss: number;
  /** Global L2 before clipping. */
  readonly gradNorm: number;
  readonly completionTokens: number;
  /** Tokens computed, padding included, and tokens that were padding. */
  readonly computedTokens: number;
  readonly paddingTokens: number;
}

/** Two completions of one prompt, of which the first was preferred. */
export interface PreferencePair {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
  /** By how much the chosen one's reward must be higher. Default 0. */
  readonly margin?: number;
}

export interface RewardStepRequest {
  /** A reward model, at the version to step from. The answer's version is one higher. */
  readonly set: SetRef;
  readonly fence: number;
  /** Identity of the batch, as in TrainStepRequest. */
  readonly batchDigest: string;
  /** The loss is the mean over pairs of −log σ(r⁺ − r⁻ − margin) + centerCoefficient · (r⁺ + r⁻)². */
  readonly pairs: readonly PreferencePair[];
  readonly centerCoefficient: number;
  /** Of the branches of each layer. `seed` (32 bits) decides what is dropped; rate 0: nothing. */
  readonly dropout: { readonly rate: number; readonly seed: number };
  /** `head`: the linear probe, on features that stay as they are, without dropout. */
  readonly part: 'all' | 'head';
  readonly optimizer: OptimizerOptions;
  readonly precision: Precision;
}

export interface RewardStepResult {
  readonly version: number;
  readonly loss: number;
  /** Global L2 of what is trained, before clipping. */
  readonly gradNorm: number;
  /** Share of pairs ranked right before the step, ties as halves; mean of r⁺ − r⁻; mean reward. Under dropout, if any. */
  readonly accuracy: number;
  readonly meanDifference: number;
  readonly meanReward: number;
  /** Tokens computed, padding included, and tokens that were padding. */
  readonly computedTokens: number;
  readonly paddingTokens: number;
}

export interface EmaRequest {
  /** target ← (1 − rate) · target + rate · source; the answer's version is one higher. */
  readonly target: SetRef;
  readonly source: SetRef;
  readonly rate: number;
  readonly fence: number;
}

/**
 * Makes a set out of others, in float32. The others stay as they are. Norms, the embedding table and a head are merged
 * like everything else.
 */
export type MergeRequest = {
  /** The set to make, at the version it is to have; without optimizer moments. None of those it is made from. */
  readonly to: SetRef;
  readonly fence: number;
} & (
  | {
      /** Σ weight · set. */
      readonly method: 'linear';
      readonly parts: readonly { readonly set: SetRef; readonly weight: number }[];
    }
  | {
      /**
       * SLERP of the task vectors set − base, with one angle for each decoder layer, all its tensors together (WARP, arXiv
       * 2406.16768, section 3.2). More than two are taken one after the other.
       */
      readonly method: 'slerp';
      readonly base: SetRef;
      /** At least two. */
      readonly sets: readonly SetRef[];
      /** Share of each set after the first in what it is merged into, [0, 1]; one fewer than `sets`. */
      readonly lambdas: readonly number[];
    }
);

/** One thing the core says while it works. */
export interface EngineEvent {
  readonly kind: 'loading' | 'generating' | 'scoring' | 'training' | 'saving' | 'merging';
  readonly set: string;
  readonly done: number;
  readonly total: number;
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

/** A set is absent or at another version: whoever drives the run reloads its last checkpoint and goes on from there. */
export class VersionLostError extends Error {
  override readonly name = 'VersionLostError';
}

/** An update from before the last recovery. Never retried. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}
