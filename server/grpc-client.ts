import type { EngineEvent } from '../model/engine-api.ts';
import { createCaller, type ModelClientOptions } from './caller.ts';
import type { CallOptions, ModelClient } from './client.ts';
import { modelService } from './proto/definition.ts';
import { parseRequest } from './requests.ts';
import { fromWireCompletions, fromWireHealth, fromWireProgress, fromWireScore, toWirePrecision } from './wire.ts';

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
  const { call, stream, close } = createCaller(options);
  return {
    health: async (options) => fromWireHealth(await call(modelService.Health, {}, options)),
    info: (options) => call(modelService.Info, {}, options),
    load: async (request, options) => call(modelService.Load, parseRequest('load', request), options),
    copy: async (request, options) => call(modelService.Copy, parseRequest('copy', request), options),
    drop: async (name, options) => void (await call(modelService.Drop, parseRequest('drop', { name }), options)),
    save: async (request, options) => call(modelService.Save, parseRequest('save', request), options),
    tokenize: async (request, options) =>
      (await call(modelService.Tokenize, parseRequest('tokenize', request), options)).sequences,
    async *generate(request, options) {
      const wire = toWirePrecision(parseRequest('generate', request));
      for await (const answer of stream(modelService.Generate, wire, options)) yield fromWireCompletions(answer);
    },
    score: async (request, options) =>
      fromWireScore(await call(modelService.Score, toWirePrecision(parseRequest('score', request)), options)),
    trainStep: async (request, options) =>
      call(modelService.TrainStep, toWirePrecision(parseRequest('trainStep', request)), options),
    ema: async (request, options) => call(modelService.Ema, parseRequest('ema', request), options),
    async *watch(options) {
      for await (const progress of stream(modelService.Watch, {}, options)) yield fromWireProgress(progress);
    },
    close,
  };
}
