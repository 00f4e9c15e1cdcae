import type { EngineEvent } from '../model/api/engine.ts';
import { Caller, type ModelClientOptions } from './caller.ts';
import type { CallOptions, ModelClient } from './client.ts';
import { modelService } from './proto/definition.ts';
import { parseRequest } from './requests.ts';
import {
  fromWireCompletions,
  fromWireHealth,
  fromWireInfo,
  fromWireProgress,
  fromWireScore,
  toWireMerge,
  toWirePrecision,
  toWireRewardStep,
  toWireTeacherTargets,
  toWireTrainStep,
} from './wire.ts';

export type { ModelClientOptions } from './caller.ts';

/** A ModelClient that also watches. */
export interface ModelServerClient extends ModelClient {
  /** Progress of whatever the server works on, until the signal fires or the loop is left. */
  watch(options?: CallOptions): AsyncIterable<EngineEvent>;
}

/**
 * Connects to a model server when first called, and again by itself after it was lost.
 *
 * @throws RangeError for an address that cannot be read, or a token that would cross a network in clear.
 * @see `server/errors.ts` for what calls reject with.
 */
export function createModelClient(options: ModelClientOptions): ModelServerClient {
  const caller = new Caller(options);
  return {
    health: async (options) => fromWireHealth(await caller.call(modelService.Health, {}, options)),
    info: async (options) => fromWireInfo(await caller.call(modelService.Info, {}, options)),
    load: async (request, options) => caller.call(modelService.Load, parseRequest('load', request), options),
    copy: async (request, options) => caller.call(modelService.Copy, parseRequest('copy', request), options),
    drop: async (name, options) => void (await caller.call(modelService.Drop, parseRequest('drop', { name }), options)),
    save: async (request, options) => caller.call(modelService.Save, parseRequest('save', request), options),
    tokenize: async (request, options) =>
      (await caller.call(modelService.Tokenize, parseRequest('tokenize', request), options)).sequences,
    async *generate(request, options) {
      const wire = toWirePrecision(parseRequest('generate', request));
      for await (const answer of caller.stream(modelService.Generate, wire, options)) yield fromWireCompletions(answer);
    },
    score: async (request, options) =>
      fromWireScore(await caller.call(modelService.Score, toWirePrecision(parseRequest('score', request)), options)),
    teacherTargets: async (request, options) => {
      const wire = toWireTeacherTargets(parseRequest('teacherTargets', request));
      return (await caller.call(modelService.TeacherTargets, wire, options)).sequences;
    },
    trainStep: async (request, options) =>
      caller.call(modelService.TrainStep, toWireTrainStep(parseRequest('trainStep', request)), options),
    reward: async (request, options) =>
      caller.call(modelService.Reward, toWirePrecision(parseRequest('reward', request)), options),
    rewardStep: async (request, options) =>
      caller.call(modelService.RewardStep, toWireRewardStep(parseRequest('rewardStep', request)), options),
    ema: async (request, options) => caller.call(modelService.Ema, parseRequest('ema', request), options),
    merge: async (request, options) =>
      caller.call(modelService.Merge, toWireMerge(parseRequest('merge', request)), options),
    async *watch(options) {
      for await (const progress of caller.stream(modelService.Watch, {}, options)) yield fromWireProgress(progress);
    },
    close: () => caller.close(),
  };
}
