import { setImmediate } from 'node:timers/promises';

import { Architecture } from './architecture.ts';
import { deviceInfo } from './device.ts';
import { VersionLostError } from './api/errors.ts';
import type { SparseTargets, TeacherTargetsRequest } from './api/distillation.ts';
import type { DeviceInfo, Engine, EngineEvent } from './api/engine.ts';
import type { GenerateRequest, PromptCompletions } from './api/generation.ts';
import type { EmaRequest, MergeRequest } from './api/merging.ts';
import type { Precision } from './api/precision.ts';
import type { RewardRequest, RewardResult, RewardStepRequest, RewardStepResult } from './api/reward-models.ts';
import type { ScoreRequest, ScoreResult } from './api/scoring.ts';
import type { Sequence, TokenizeRequest } from './api/sequences.ts';
import type { CopyRequest, LoadRequest, SaveRequest, SaveResult, SetInfo, SetRef } from './api/sets.ts';
import type { TrainStepRequest, TrainStepResult } from './api/training.ts';
import { generate } from './generation/generate.ts';
import { loadOrigin, prepareLoad } from './load-set.ts';
import * as tf from './tf.ts';
import { encodePrompt, endTokenId } from './tokenizer/chat-template.ts';
import { mergeInto, requireSameModel } from './merging/merge.ts';
import { mergedRefs, mergeOrigin } from './merging/merge-request.ts';
import { measurePrecision } from './precision.ts';
import type { PrecisionChoice } from './precision.ts';
import { copyOf, saveWeightSet } from './stored-set.ts';
import { checkIds, checkSequences } from './training/check-sequences.ts';
import { checkSameVocabulary, checkTeacherTerms } from './training/check-teacher.ts';
import { teacherTargets } from './training/teacher.ts';
import type { TeacherSet } from './training/teacher.ts';
import { packPairs, rewardStep, sequencesOf } from './training/reward-step.ts';
import { packForTraining, trainStep } from './training/train-step.ts';
import { versionLost } from './versions.ts';
import type { Update } from './versions.ts';
import { requireScoreHead } from './weight-set.ts';
import type { WeightSet } from './weight-set.ts';

export interface EngineOptions {
  /** Hears of the progress of long calls. */
  readonly onEvent?: (event: EngineEvent) => void;
}

/** Makes a model core without any weights. It owns the device: one for each process. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  await tf.ready();
  return new ModelEngine(measurePrecision(), options.onEvent ?? (() => {}));
}

class ModelEngine implements Engine {
  readonly #sets = new Map<string, WeightSet>();
  readonly #architectures = new Map<string, Architecture>();
  /** Which sets were found to share a teacher's tokenizer: comparing takes a second. */
  readonly #pupils = new WeakMap<WeightSet, WeakSet<WeightSet>>();
  readonly #precision: PrecisionChoice;
  readonly #onEvent: (event: EngineEvent) => void;

  constructor(precision: PrecisionChoice, onEvent: (event: EngineEvent) => void) {
    this.#precision = precision;
    this.#onEvent = onEvent;
  }

  async load(request: LoadRequest): Promise<SetInfo> {
    const { set: ref, fence, adapter } = request;
    const base = adapter && this.#at(adapter.base);
    const present = this.#sets.get(ref.name);
    if (present?.base?.set === base && present?.history.isRepeatedLoad(loadOrigin(request), fence)) {
      return present.info();
    }
    const load = await prepareLoad(request, base, (config) => this.#architectureOf(config));
    // Freed before the new weights come: both may not fit.
    await this.drop(ref.name);
    const set = await load((done, total) => this.#report('loading', ref.name, done, total));
    this.#sets.set(ref.name, set);
    return set.info();
  }

  async copy({ from, to, fence }: CopyRequest): Promise<SetInfo> {
    const origin = `copy of ${from.name}@${from.version}`;
    const present = this.#sets.get(to);
    if (present?.history.isRepeatedLoad(origin, fence)) return present.info();
    const original = this.#at(from);
    await this.drop(to);
    const ref = { name: to, version: from.version };
    const set = copyOf(original, ref, fence, origin, original.rewardModel);
    this.#sets.set(to, set);
    return set.info();
  }

  async merge(request: MergeRequest): Promise<SetInfo> {
    const { to, fence } = request;
    const refs = mergedRefs(request);
    const origin = mergeOrigin(request);
    const present = this.#sets.get(to.name);
    if (present?.history.isRepeatedLoad(origin, fence)) return present.info();
    const sets = refs.map((ref) => ({ ref, set: this.#at(ref) }));
    requireSameModel('merge', sets);
    await this.drop(to.name);
    const merged = copyOf(sets[0]!.set, to, fence, origin);
    try {
      await mergeInto(merged, sets, request, (done, total) => this.#report('merging', to.name, done, total));
    } catch (error) {
      merged.dispose();
      throw error;
    }
    this.#sets.set(to.name, merged);
    return merged.info();
  }

  async drop(name: string): Promise<void> {
    const dropped = this.#sets.get(name);
    dropped?.dispose();
    this.#sets.delete(name);
    if (!dropped?.moments || dropped.base) return;
    // As large as the weights: not kept where nothing is trained any more, as of reward models while policies are.
    const { architecture } = dropped;
    const isTrained = [...this.#sets.values()].some(
      (set) => set.moments && !set.base && set.architecture === architecture,
    );
    if (!isTrained) architecture.discardGradients();
  }

  async save({ set: ref, folder, ...options }: SaveRequest): Promise<SaveResult> {
    const set = this.#at(ref);
    await this.#report('saving', ref.name, 0, 1);
    const { bytes, sha256 } = await saveWeightSet(set, folder, options);
    await this.#report('saving', ref.name, 1, 1);
    return { folder, bytes, sha256 };
  }

  async info(): Promise<DeviceInfo> {
    return { ...deviceInfo(), ...this.#precision, sets: [...this.#sets.values()].map((set) => set.info()) };
  }

  async tokenize({ set: name, items, chat }: TokenizeRequest): Promise<readonly Sequence[]> {
    const tokenizer = await this.#named(name).tokenizer();
    return items.map(({ prompt, completion, endToken = true }) => {
      const promptIds = encodePrompt(tokenizer, prompt, chat);
      if (completion === undefined) return { promptIds, completionIds: [] };
      const end = endToken ? [endTokenId(tokenizer, chat)] : [];
      return { promptIds, completionIds: [...tokenizer.encode(completion), ...end] };
    });
  }

  async generate(
    request: GenerateRequest,
    onPrompt: (answer: PromptCompletions) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const set = this.#at(request.set);
    request.prompts.forEach(({ id, promptIds }) =>
      checkIds(`generate: prompt ${id}`, promptIds, set.architecture.config),
    );
    const tokenizer = await set.tokenizer();
    const stopIds = new Set([tokenizer.eosId, tokenizer.endOfTurnId]);
    const context = {
      config: set.architecture.config,
      weights: request.precision === 'bfloat16' ? set.narrowWeights() : set.weights,
      steps: set.architecture.decoderSteps(request.precision),
      stopIds,
      signal,
      onProgress: (done: number, total: number) =>
        this.#onEvent({ kind: 'generating', set: request.set.name, done, total }),
    };
    await generate(request, context, (promptIndex, samples) => {
      const completions = samples.map((sample) => ({
        ...sample,
        text: tokenizer.decode(sample.finishReason === 'stop' ? sample.tokenIds.slice(0, -1) : sample.tokenIds),
      }));
      onPrompt({ promptIndex, completions });
    });
  }

  async score({ set: ref, sequences, temperature, precision }: ScoreRequest): Promise<ScoreResult> {
    const set = this.#at(ref);
    checkSequences('score', sequences, set.architecture.config);
    const score = set.architecture.scorer(precision);
    const logProbs = await score(set.weights, sequences, temperature, (done, total) =>
      this.#report('scoring', ref.name, done, total),
    );
    return { logProbs };
  }

  async teacherTargets(request: TeacherTargetsRequest): Promise<readonly SparseTargets[]> {
    const { sequences, draw, temperature, precision } = request;
    const set = await this.#teacherOf(this.#named(request.student), request.teacher, precision);
    checkSequences('teacherTargets', sequences, this.#at(request.teacher).architecture.config);
    return teacherTargets(set, sequences, { ...draw, temperature }, (done, total) =>
      this.#report('scoring', request.teacher.name, done, total),
    );
  }

  async trainStep(request: TrainStepRequest): Promise<TrainStepResult> {
    const set = this.#named(request.set.name);
    if (!set.moments) throw new RangeError(`trainStep: set ${request.set.name} is not trainable; load it as trainable`);
    const { fence, batchDigest } = request;
    checkSequences('trainStep', request.sequences, set.architecture.config);
    checkTeacherTerms(request, set.architecture.config);
    const { distillation, precision } = request;
    const teacher =
      distillation && distillation.kind !== 'given'
        ? await this.#teacherOf(set, distillation.teacher, precision)
        : undefined;
    const batches = packForTraining(request.sequences);
    return this.#step(set, { baseVersion: request.set.version, fence, digest: batchDigest }, (onBatch) =>
      trainStep(set, request, batches, teacher, onBatch),
    );
  }

  async reward({ set: ref, sequences, calibrated, precision }: RewardRequest): Promise<RewardResult> {
    const set = this.#at(ref);
    requireScoreHead('reward', set);
    checkSequences('reward', sequences, set.architecture.config);
    const calibration = set.rewardModel?.calibration;
    if (calibrated && !calibration) {
      throw new RangeError(`reward: ${ref.name} has no calibration; ask for its rewards as they are, or calibrate it`);
    }
    const reward = set.architecture.rewarder(precision);
    const rewards = await reward(set.weights, sequences, (done, total) =>
      this.#report('scoring', ref.name, done, total),
    );
    const { mean, std } = calibrated && calibration ? calibration : { mean: 0, std: 1 };
    return { rewards: rewards.map((value) => (value - mean) / std) };
  }

  async rewardStep(request: RewardStepRequest): Promise<RewardStepResult> {
    const set = this.#named(request.set.name);
    requireScoreHead('rewardStep', set);
    if (!set.moments)
      throw new RangeError(`rewardStep: set ${request.set.name} is not trainable; load it as trainable`);
    checkSequences('rewardStep', sequencesOf(request.pairs), set.architecture.config);
    const batches = packPairs(request.pairs);
    const { fence, batchDigest: digest } = request;
    return this.#step(set, { baseVersion: request.set.version, fence, digest }, (onBatch) =>
      rewardStep(set, request, batches, onBatch),
    );
  }

  /** Makes an optimizer step, or gives the answer that it got when it was made before. */
  async #step<Result>(
    set: WeightSet,
    update: Update,
    step: (onBatch: (done: number, total: number) => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    const verdict = set.history.begin(update);
    if (verdict.kind === 'done') return verdict.answer as Result;
    try {
      const result = await step((done, total) => this.#report('training', set.history.name, done, total));
      set.history.commit(result);
      return result;
    } catch (error) {
      set.discardGradients();
      throw error;
    }
  }

  async ema({ target: targetRef, source: sourceRef, rate, fence }: EmaRequest): Promise<SetInfo> {
    const target = this.#named(targetRef.name);
    const source = this.#named(sourceRef.name);
    requireSameModel('ema', [
      { ref: targetRef, set: target },
      { ref: sourceRef, set: source },
    ]);
    const digest = `ema ${sourceRef.name}@${sourceRef.version} ${rate}`;
    const verdict = target.history.begin({ baseVersion: targetRef.version, fence, digest });
    if (verdict.kind === 'done') return verdict.answer as SetInfo;
    source.history.requireVersion(sourceRef.version);
    target.architecture.ema(target.own, source.own, rate);
    const answer = { ...target.info(), version: targetRef.version + 1 };
    target.history.commit(answer);
    return answer;
  }

  /** A set as the teacher of another. */
  async #teacherOf(student: WeightSet, ref: SetRef, precision: Precision): Promise<TeacherSet> {
    const set = this.#at(ref);
    const checked = this.#pupils.get(set) ?? new WeakSet();
    this.#pupils.set(set, checked);
    if (!checked.has(student)) {
      const part = async ({ history: { name }, architecture: { config }, tokenizer }: WeightSet) => {
        return { name, config, tokenizer: await tokenizer() };
      };
      checkSameVocabulary(await part(set), await part(student));
      checked.add(student);
    }
    return { teacher: set.architecture.teacher(precision), weights: set.weights };
  }

  #architectureOf(config: Architecture['config']): Architecture {
    const key = JSON.stringify(config);
    let architecture = this.#architectures.get(key);
    if (!architecture) this.#architectures.set(key, (architecture = new Architecture(config)));
    return architecture;
  }

  #named(name: string): WeightSet {
    const set = this.#sets.get(name);
    if (!set) throw new VersionLostError(`set ${name}: is not loaded; load it, or the last checkpoint of its run`);
    set.requireBase();
    return set;
  }

  /** The set, if it is there and at the version that the caller counts on. */
  #at(ref: SetRef): WeightSet {
    const set = this.#sets.get(ref.name);
    if (!set) throw versionLost(ref);
    set.requireBase();
    set.history.requireVersion(ref.version);
    return set;
  }

  /** Says how far a call is, and lets the event loop turn. */
  async #report(kind: EngineEvent['kind'], set: string, done: number, total: number): Promise<void> {
    this.#onEvent({ kind, set, done, total });
    await setImmediate();
  }
}
