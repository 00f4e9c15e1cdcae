/**
 * What travels between workflows and activities: references and numbers. No text, no tensors; a Temporal history holds
 * every one of these for ever.
 */
import type { SetRef } from '../server/client.ts';
import type { ArtifactRef } from './artifacts.ts';
import type { Estimate } from './statistics.ts';

/** A run whose recipe is checked and whose data lies in the workspace. */
export interface RunRef {
  readonly runId: string;
  /** The recipe after defaults. */
  readonly config: ArtifactRef;
  /** Rows as JSON lines, shuffled. */
  readonly train: ArtifactRef;
  readonly evaluation: ArtifactRef;
}

/** A step of a stage; together they name files, metrics and random streams. */
export interface StepRef {
  readonly run: RunRef;
  /** Name of the stage; `base` for the model the run began with. */
  readonly stage: string;
  /** Counts from 1 in each stage; 0 is before the first. */
  readonly step: number;
}

/** A saved policy to train on from, or to measure against. */
export interface Checkpoint {
  /** Name of the stage that made it; `base` is the model the run began with. */
  readonly stage: string;
  /** Optimizer steps in the weights, counted from the base model. */
  readonly version: number;
  /** Relative to the workspace; absolute for a base model outside it. */
  readonly folder: string;
  readonly sha256: string;
  readonly bytes: number;
  /**
   * `result`: weights only, kept; the next stage starts from it with a fresh optimizer. `recovery`: with optimizer state
   * and anchor, so that the stage goes on as if nothing had happened; removed once there is a newer one. In a stage that
   * trains adapters, policy and anchor of a `recovery` are adapters on what the stage began with.
   */
  readonly purpose: 'result' | 'recovery';
  /** Folder of the anchor that belongs to it; null when there is none. */
  readonly anchor: string | null;
  /** Of a result that an adapter was trained for: the adapter, as peft lays it down. What `folder` holds is merged with it. */
  readonly adapter?: SavedFolder;
}

/** A folder in the workspace, with the digest of the weights in it. */
export interface SavedFolder {
  readonly folder: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The weight sets of a run on the model server, as a stage left them. */
export interface Sets {
  readonly policy: SetRef;
  /** What policy and anchor are adapters on, where they are. */
  readonly base?: SetRef;
  /** The slowly moving average of the policy; null outside stages that keep one. */
  readonly anchor: SetRef | null;
  /** The policy the KL is measured to; null before there is one. */
  readonly reference: SetRef | null;
  /** The model the stage learns from, while it is loaded. */
  readonly teacher?: SetRef | null;
}

/** Numbers of one step, by name. Equal, bit for bit, whenever the step is done again. */
export type Metrics = Readonly<Record<string, number>>;

/** What took how long; never part of what must be equal. */
export interface Timing {
  /** What was done, as `generate` or `train`. */
  readonly part: string;
  readonly milliseconds: number;
  /** Tokens generated, scored or trained on, padding not counted. */
  readonly tokens: number;
}

export interface Evaluation {
  readonly stage: string;
  /** Optimizer steps into the stage. */
  readonly step: number;
  readonly split: 'evaluation';
  /** Share of greedy completions that the recipe's first reward gives its highest score. */
  readonly accuracy: number;
  /** Judged rows. */
  readonly n: number;
  /** Wilson, 95 %. */
  readonly interval: readonly [low: number, high: number];
  /** Completions nobody could judge: abstained, or the machinery at fault. Not in `n`. */
  readonly unjudged: number;
  /** KL(policy ‖ reference) in nats per completion, estimated on completions of the policy; null without a reference. */
  readonly klToSft: number | null;
  readonly klToSftStandardError: number | null;
  /** The run that evaluated it, when the stage was not made again. */
  readonly reusedFrom?: string;
  /**
   * Mean on the greedy completions: of `reward`, what is trained on, and of each reward by its name, the merely measured
   * ones too. Where the one goes on rising and another falls, the policy learns to please the reward.
   */
  readonly rewards: Readonly<Record<string, Estimate>>;
  readonly samplerGap: SamplerGap;
}

/** How far the sampler's log-probabilities of its own tokens are from those the trainer computes, in nats. */
export interface SamplerGap {
  readonly largest: number;
  readonly mean: number;
  /** Tokens compared. */
  readonly n: number;
}

/** What an evaluation suite found out about the result of a stage. */
export interface SuiteResult {
  readonly stage: string;
  /** Optimizer steps into the stage. */
  readonly step: number;
  /** Name of the suite. */
  readonly suite: string;
  readonly kind: string;
  readonly values: Readonly<Record<string, Estimate>>;
  /** Completions, or pairs of them, that nobody could judge. In no value. */
  readonly unjudged: number;
}

/** What a set of weights was made of. */
export interface WeightRecord {
  /** Name of the stage that made it, or of its part in a stage. */
  readonly stage: string;
  readonly version: number;
  readonly folder: string;
  readonly sha256: string;
  readonly bytes: number;
  /** How: the kind of the stage, or of the merge. */
  readonly by: string;
  /** In a merge with what `weight`, or as what. */
  readonly parents: readonly {
    readonly stage: string;
    readonly sha256: string;
    readonly weight?: number;
    readonly role?: string;
  }[];
}

/** What came of a stage: what later stages, and later runs that come to the same stage, need of it. */
export interface StageResult {
  readonly checkpoint: Checkpoint;
  /** Whether it is a policy, which stages can begin with, and whether later KLs are measured to it. */
  readonly makesPolicy: boolean;
  readonly makesReference: boolean;
  /** Of the result; empty where it cannot be evaluated. */
  readonly evaluations: readonly Evaluation[];
  readonly suites: readonly SuiteResult[];
  readonly milliseconds: number;
  readonly tokens: number;
  /** The result last; before it what the stage made on the way and kept. */
  readonly weights: readonly WeightRecord[];
  /** The run that made it, where it was not made again. */
  readonly reusedFrom?: string;
}

/** What a stage took, recoveries included. */
export interface StageCost {
  readonly stage: string;
  readonly milliseconds: number;
  /** Tokens generated, scored or trained on. */
  readonly tokens: number;
  /** The run that spent it, when the stage was not made again. */
  readonly reusedFrom?: string;
}

/** What `result.json` holds: how a run ended. */
export interface RunResult {
  readonly runId: string;
  readonly outcome: 'finished' | 'stopped';
  /** Folder of each stage's result, by the stage's name. Relative to the workspace. */
  readonly checkpoints: Readonly<Record<string, string>>;
  /** One for the untrained model and one for each stage that ended. */
  readonly evaluations: readonly Evaluation[];
  /** Of the suites, in the order in which they were run. */
  readonly suites: readonly SuiteResult[];
  readonly costs: readonly StageCost[];
}
