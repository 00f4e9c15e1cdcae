import type { Finding } from '../../sdk/findings.ts';
import type { Fixture, LoggedColumns, Outcome, Sample } from '../../sdk/reward.ts';

/** Hosts of one reward, unless a recipe says otherwise. */
export const MOST_PROCESSES = 4;

/** A file as it was when a reward was loaded from it. */
export interface ModuleSource {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  /** Node's name of the module's kind. */
  readonly format: string;
}

/** What a reward says of itself, and what it was made of. */
export interface RewardDescription {
  readonly name: string;
  readonly version: number;
  readonly range: readonly [number, number];
  readonly timeoutMs: number;
  readonly scope: 'sample' | 'group';
  /** Names of the columns it reads; null when its schema does not say. */
  readonly columns: readonly string[] | null;
  readonly fixtures: readonly Fixture[];
}

/** A column that rows lack or hold in a wrong form. */
export interface ColumnProblem {
  readonly column: string;
  readonly message: string;
  readonly rows: number;
  /** Index of the first such row. */
  readonly first: number;
}

/** What one sample came to. */
export interface JudgedSample {
  readonly outcome: Outcome;
  /** What the reward logged for it. */
  readonly columns?: LoggedColumns;
}

/** What a host answers to a call of `score`: a verdict for each sample, or why there is none for the whole call. */
export type ScoreAnswer = { readonly judged: readonly JudgedSample[] } | { readonly fault: string };

/** The calls that a host takes. */
export interface HostCalls {
  /** Imports the reward: from disk, or where `sources` are given as it was then. */
  readonly open: {
    readonly argument: { readonly file: string; readonly sources: readonly ModuleSource[] | null };
    readonly result: OpenedReward;
  };
  /** What the reward's schema finds wrong with options. */
  readonly params: { readonly argument: { readonly params: unknown }; readonly result: readonly Finding[] };
  readonly columns: {
    readonly argument: { readonly rows: readonly unknown[] };
    readonly result: readonly ColumnProblem[];
  };
  readonly score: {
    readonly argument: { readonly params: unknown; readonly samples: readonly Sample[] };
    readonly result: ScoreAnswer;
  };
}

export interface OpenedReward {
  readonly description: RewardDescription;
  readonly sources: readonly ModuleSource[];
  /** `name@version` of each package it imports. */
  readonly packages: readonly string[];
}

/** What a host asks of the process that started it. */
export interface WorkerCalls {
  readonly scoreTexts: { readonly argument: ModelScoreRequest; readonly result: readonly number[] };
}

/** Texts for a reward model of the model server to score. */
export interface ModelScoreRequest {
  readonly items: readonly { readonly prompt: string; readonly completion: string }[];
  /** Name of the reward model. */
  readonly model: string;
}
