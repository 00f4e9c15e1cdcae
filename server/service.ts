import { once } from 'node:events';

import { type handleServerStreamingCall, type handleUnaryCall, status } from '@grpc/grpc-js';

import type { EngineThread } from './engine-client.ts';
import type { ModelServiceHandlers } from './proto/generated/cabochon/model/v1/ModelService.ts';
import { parseRequest } from './requests.ts';
import { toServiceError } from './status.ts';
import {
  fromWireMerge,
  fromWirePrecision,
  fromWireRewardStep,
  fromWireTeacherTargets,
  fromWireTrainStep,
  mutable,
  toWireCompletions,
  toWireHealth,
  toWirePrecision,
  toWireProgress,
  toWireScore,
} from './wire.ts';

export interface ModelServiceOptions {
  readonly engine: EngineThread;
  readonly instanceId: string;
  /** Fires when the server begins to shut down: open `Watch` streams end then. */
  readonly stopping: AbortSignal;
  /** Takes a line about each call that failed in a way that is nobody's fault but ours. */
  readonly log: (line: string) => void;
}

/** RPCs onto the model core: each checks its request, calls the core, and turns answer or error into messages. */
export function createModelService({ engine, instanceId, stopping, log }: ModelServiceOptions): ModelServiceHandlers {
  const { unary, stream } = createWrappers(log);
  return {
    Health: unary('Health', async () => toWireHealth({ ...engine.health(), instanceId })),
    Info: unary('Info', async (_, signal) => toWirePrecision(mutable(await engine.call('info', undefined, signal)))),
    Load: unary('Load', (request, signal) => engine.call('load', parseRequest('load', request), signal)),
    Copy: unary('Copy', (request, signal) => engine.call('copy', parseRequest('copy', request), signal)),
    Drop: unary('Drop', async (request, signal) => {
      await engine.call('drop', parseRequest('drop', request).name, signal);
      return {};
    }),
    Save: unary('Save', (request, signal) => engine.call('save', parseRequest('save', request), signal)),
    Tokenize: unary('Tokenize', async (request, signal) => ({
      sequences: mutable(await engine.call('tokenize', parseRequest('tokenize', request), signal)),
    })),
    Generate: stream('Generate', (request, { write }, signal) =>
      engine.generate(
        parseRequest('generate', fromWirePrecision(request)),
        (answer) => write(toWireCompletions(answer)),
        signal,
      ),
    ),
    Score: unary('Score', async (request, signal) =>
      toWireScore(await engine.call('score', parseRequest('score', fromWirePrecision(request)), signal)),
    ),
    TeacherTargets: unary('TeacherTargets', async (request, signal) => {
      const parsed = parseRequest('teacherTargets', fromWireTeacherTargets(request));
      return { sequences: mutable(await engine.call('teacherTargets', parsed, signal)) };
    }),
    TrainStep: unary('TrainStep', (request, signal) =>
      engine.call('trainStep', parseRequest('trainStep', fromWireTrainStep(request)), signal),
    ),
    Reward: unary('Reward', async (request, signal) =>
      mutable(await engine.call('reward', parseRequest('reward', fromWirePrecision(request)), signal)),
    ),
    RewardStep: unary('RewardStep', (request, signal) =>
      engine.call('rewardStep', parseRequest('rewardStep', fromWireRewardStep(request)), signal),
    ),
    Ema: unary('Ema', (request, signal) => engine.call('ema', parseRequest('ema', request), signal)),
    Merge: unary('Merge', (request, signal) =>
      engine.call('merge', parseRequest('merge', fromWireMerge(request)), signal),
    ),
    Watch: stream('Watch', async (_, out, signal) => {
      const end = AbortSignal.any([signal, stopping]);
      const { progress } = engine.health();
      if (progress) out.write(toWireProgress(progress));
      const unwatch = engine.watch((event) => void (out.isBehind() || out.write(toWireProgress(event))));
      if (!end.aborted) await once(end, 'abort');
      unwatch();
    }),
  };
}

/** Where a streaming method puts its messages. */
interface Out<Answer> {
  write(answer: Answer): void;
  /** Whether the reader has not taken what was written before. */
  isBehind(): boolean;
}

/** What all handlers share: a signal that fires when the caller is gone, and errors turned into statuses. */
function createWrappers(log: (line: string) => void) {
  const fail = (method: string, error: unknown) => {
    const failure = toServiceError(error);
    // A TypeError may be a bad request or a bug in the core: the stack tells.
    if (failure.code === status.INTERNAL || error instanceof TypeError) {
      log(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    return failure;
  };
  const unary =
    <Request, Answer>(
      method: string,
      work: (request: Request, signal: AbortSignal) => Promise<Answer>,
    ): handleUnaryCall<Request, Answer> =>
    (call, callback) => {
      const gone = new AbortController();
      call.on('cancelled', () => gone.abort());
      // In a `then`, so that a request that fails its check at once also ends as a status.
      void Promise.resolve()
        .then(() => work(call.request, gone.signal))
        .then(
          (answer) => callback(null, answer),
          (error: unknown) => gone.signal.aborted || callback(fail(method, error)),
        );
    };
  const stream =
    <Request, Answer>(
      method: string,
      work: (request: Request, out: Out<Answer>, signal: AbortSignal) => Promise<void>,
    ): handleServerStreamingCall<Request, Answer> =>
    (call) => {
      const gone = new AbortController();
      call.on('cancelled', () => gone.abort());
      const out: Out<Answer> = {
        write: (answer) => void (gone.signal.aborted || call.write(answer)),
        isBehind: () => call.writableNeedDrain,
      };
      void Promise.resolve()
        .then(() => work(call.request, out, gone.signal))
        .then(
          () => call.end(),
          (error: unknown) => gone.signal.aborted || call.emit('error', fail(method, error)),
        );
    };
  return { unary, stream };
}
