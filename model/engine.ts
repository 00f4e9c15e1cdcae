import { setImmediate } from 'node:timers/promises';

import type { SparseTargets, TeacherTargetsRequest } from './api/distillation.ts';
import type { DeviceInfo, Engine, EngineEvent, EngineOptions } from './api/engine.ts';
import type { GenerateRequest, PromptCompletions } from './api/generation.ts';
import type { EmaRequest, MergeRequest } from './api/merging.ts';
import type { Precision } from './api/precision.ts';
import type { RewardRequest, RewardResult, RewardStepRequest, RewardStepResult } from './api/reward-models.ts';
import type { ScoreRequest, ScoreResult } from './api/scoring.ts';
import type { Sequence, TokenizeRequest } from './api/sequences.ts';
import type { CopyRequest, LoadRequest, SaveRequest, SaveResult, SetInfo, SetRef } from './api/sets.ts';
import type { TrainStepRequest, TrainStepResult } from './api/training.ts';
import { deviceInfo } from './device.ts';
import { generate } from './generation/generate.ts';
import { LoadedSets } from './loaded-sets.ts';
import { requireSameModel } from './merging/merge.ts';
import { measurePrecision } from './precision.ts';
import type { PrecisionChoice } from './precision.ts';
import { saveWeightSet } from './stored-set.ts';
import { onTraced } from './tensor/compile.ts';
import * as tf from './tf.ts';
import { encodePrompt, endTokenId } from './tokenizer/chat-template.ts';
import { checkIds, checkSequences } from './training/check-sequences.ts';
import { checkSameVocabulary, checkTeacherTerms } from './training/check-teacher.ts';
import { packPairs, sequencesOf } from './training/pairs.ts';
import { rewardStep } from './training/reward-step.ts';
import { teacherTargets } from './training/teacher.ts';
import type { TeacherSet } from './training/teacher.ts';
import { packForTraining, trainStep } from './training/train-step.ts';
import type { Update } from './versions.ts';
import { requireScoreHead } from './weight-set.ts';
import type { WeightSet } from './weight-set.ts';

/** Makes a model core without any weights. It owns the device: one for each process. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  await tf.ready();
  if (options.onTraced) onTraced(options.onTraced);
  return new ModelEngine(measurePrecision(), options.onEvent ?? (() => {}));
}

class ModelEngine implements Engine {
  readonly #sets = new LoadedSets();
  /** Which sets were found to share a teacher's tokenizer: comparing takes a second. */
  readonly #pupils = new WeakMap<WeightSet, WeakSet<WeightSet>>();
  readonly #precision: PrecisionChoice;
  readonly #onEvent: (event: EngineEvent) => void;

  constructor(precision: PrecisionChoice, onEvent: (event: EngineEvent) => void) {
    this.#precision = precision;
    this.#onEvent = onEvent;
  }

  async load(request: LoadRequest): Promise<SetInfo> {
    return this.#sets.load(request, this.#progress('loading', request.set.name));
  }

  async copy(request: CopyRequest): Promise<SetInfo> {
    return this.#sets.copy(request);
  }

  async merge(request: MergeRequest): Promise<SetInfo> {
    return this.#sets.merge(request, this.#progress('merging', request.to.name));
  }

  async drop(name: string): Promise<void> {
    this.#sets.drop(name);
  }

  async save({ set: ref, folder, ...options }: SaveRequest): Promise<SaveResult> {
    const set = this.#sets.at(ref);
    const progress = this.#progress('saving', ref.name);
    await progress(0, 1);
    const { bytes, sha256 } = await saveWeightSet(set, folder, options);
    await progress(1, 1);
    return { folder, bytes, sha256 };
  }

  async info(): Promise<DeviceInfo> {
    return { ...deviceInfo(), ...this.#precision, sets: this.#sets.infos() };
  }

  async tokenize({ set: name, items, chat }: TokenizeRequest): Promise<readonly Sequence[]> {
    const tokenizer = await this.#sets.named(name).tokenizer();
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
    const set = this.#sets.at(request.set);
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
    const set = this.#sets.at(ref);
    checkSequences('score', sequences, set.architecture.config);
    const score = set.architecture.scorer(precision);
    const logProbs = await score(set.weights, sequences, temperature, this.#progress('scoring', ref.name));
    return { logProbs };
  }

  async teacherTargets(request: TeacherTargetsRequest): Promise<readonly SparseTargets[]> {
    const { sequences, draw, temperature, precision } = request;
    const set = await this.#teacherOf(this.#sets.named(request.student), request.teacher, precision);
    checkSequences('teacherTargets', sequences, this.#sets.at(request.teacher).architecture.config);
    return teacherTargets(set, sequences, { ...draw, temperature }, this.#progress('scoring', request.teacher.name));
  }

  async trainStep(request: TrainStepRequest): Promise<TrainStepResult> {
    const set = this.#sets.named(request.set.name);
    if (!set.moments) throw new RangeError(`trainStep: set ${request.set.name} is not trainable; load it as trainable`);
    const { fence, batchDigest } = request;
    checkSequences('trainStep', request.sequences, set.architecture.config);
    checkTeacherTerms(request, set.architecture.config);
    const { distillation, precision } = request;
    const update = { baseVersion: request.set.version, fence, digest: batchDigest };
    // Before the teacher is looked for: it may have been dropped since.
    const known = set.history.answerTo(update);
    if (known !== undefined) return known as TrainStepResult;
    const teacher =
      distillation && distillation.kind !== 'given'
        ? await this.#teacherOf(set, distillation.teacher, precision)
        : undefined;
    const batches = packForTraining(request.sequences);
    return this.#step(set, update, (onBatch) => trainStep(set, request, batches, teacher, onBatch));
  }

  async reward({ set: ref, sequences, calibrated, precision }: RewardRequest): Promise<RewardResult> {
    const set = this.#sets.at(ref);
    requireScoreHead('reward', set);
    checkSequences('reward', sequences, set.architecture.config);
    const calibration = set.rewardModel?.calibration;
    if (calibrated && !calibration) {
      throw new RangeError(`reward: ${ref.name} has no calibration; ask for its rewards as they are, or calibrate it`);
    }
    const reward = set.architecture.rewarder(precision);
    const rewards = await reward(set.weights, sequences, this.#progress('scoring', ref.name));
    const { mean, std } = calibrated && calibration ? calibration : { mean: 0, std: 1 };
    return { rewards: rewards.map((value) => (value - mean) / std) };
  }

  async rewardStep(request: RewardStepRequest): Promise<RewardStepResult> {
    const set = this.#sets.named(request.set.name);
    requireScoreHead('rewardStep', set);
    if (!set.moments)
      throw new RangeError(`rewardStep: set ${request.set.name} is not trainable; load it as trainable`);
    checkSequences('rewardStep', sequencesOf(request.pairs), set.architecture.config);
    const batches = packPairs(request.pairs, request.part);
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
      const result = await step(this.#progress('training', set.history.name));
      set.history.commit(result);
      return result;
    } catch (error) {
      set.discardGradients();
      throw error;
    }
  }

  async ema({ target: targetRef, source: sourceRef, rate, fence }: EmaRequest): Promise<SetInfo> {
    const target = this.#sets.named(targetRef.name);
    const source = this.#sets.named(sourceRef.name);
    requireSameModel('ema', [
      { ref: targetRef, set: target },
      { ref: sourceRef, set: source },
    ]);
    const digest = `ema ${sourceRef.name}@${sourceRef.version} ${rate}`;
    const update = { baseVersion: targetRef.version, fence, digest };
    const known = target.history.answerTo(update);
    if (known !== undefined) return known as SetInfo;
    source.history.requireVersion(sourceRef.version);
    target.history.begin(update);
    target.architecture.ema(target.own, source.own, rate);
    const answer = { ...target.info(), version: targetRef.version + 1 };
    target.history.commit(answer);
    return answer;
  }

  /** A set as the teacher of another. */
  async #teacherOf(student: WeightSet, ref: SetRef, precision: Precision): Promise<TeacherSet> {
    const set = this.#sets.at(ref);
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

  /** Says how far a call is, and lets the event loop turn. */
  #progress(kind: EngineEvent['kind'], set: string): (done: number, total: number) => Promise<void> {
    return async (done, total) => {
      this.#onEvent({ kind, set, done, total });
      await setImmediate();
    };
  }
}
