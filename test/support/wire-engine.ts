/**
 * A core for tests of the wire: it keeps the rules of `model/api/engine.ts` about versions, fences, repeats and order,
 * and makes its numbers with arithmetic in place of a model. Loaded by path into the server's worker thread.
 *
 * What it is told through texts, so that a test on the other side of the wire can steer it:
 * - `batchDigest` `block:MS` blocks the thread for that long, as a device call does; `fail:NAME` throws that error.
 * - a generate seed of -1 waits after each prompt, letting events through, until it is cancelled.
 * - dropping `exit` ends the thread; dropping `throw` lets an exception out of it.
 */
import type { DeviceInfo, Engine, EngineEvent } from '../../model/api/engine.ts';
import { FencedError, VersionLostError } from '../../model/api/errors.ts';
import type { Completion, GenerateRequest, PromptCompletions } from '../../model/api/generation.ts';
import type { RewardStepResult } from '../../model/api/reward-models.ts';
import type { SetInfo, SetRef } from '../../model/api/sets.ts';
import type { TrainStepResult } from '../../model/api/training.ts';
import { mergedRefs, mergeOrigin } from '../../model/merging/merge-request.ts';
import { SetHistory, versionLost } from '../../model/versions.ts';

interface WireSet {
  readonly history: SetHistory<TrainStepResult | RewardStepResult | SetInfo>;
  readonly source: string;
  readonly trainable: boolean;
}

export async function createEngine(options: { onEvent?: (event: EngineEvent) => void }): Promise<Engine> {
  const sets = new Map<string, WireSet>();
  const say = (kind: EngineEvent['kind'], set: string, done: number, total: number) =>
    options.onEvent?.({ kind, set, done, total });

  const find = (wanted: SetRef) => {
    const set = sets.get(wanted.name);
    if (!set) throw versionLost(wanted);
    return set;
  };
  const at = (wanted: SetRef) => {
    const set = find(wanted);
    set.history.requireVersion(wanted.version);
    return set;
  };
  const describe = ({ history, source, trainable }: WireSet): SetInfo => {
    const { name, version, fence } = history;
    return { name, version, source, trainable, fence, parameters: 268_098_176, bytes: 2 ** 40 + 1 };
  };
  const put = (ref: SetRef, fence: number, source: string, trainable: boolean): SetInfo => {
    const history = new SetHistory<TrainStepResult | RewardStepResult | SetInfo>(ref, fence, source);
    sets.set(ref.name, { history, source, trainable });
    return describe({ history, source, trainable });
  };

  return {
    async load({ set, source: from, trainable, fence, adapter }) {
      const source = adapter ? `${from} as ${JSON.stringify(adapter)}` : from;
      const present = sets.get(set.name);
      if (present?.history.isRepeatedLoad(source, fence)) return describe(present);
      say('loading', set.name, 1, 1);
      return put(set, fence, source, trainable);
    },
    async copy({ from, to, fence }) {
      const source = `copy of ${from.name}@${from.version}`;
      const present = sets.get(to);
      if (present?.history.isRepeatedLoad(source, fence)) return describe(present);
      at(from);
      return put({ name: to, version: from.version }, fence, source, false);
    },
    async drop(name) {
      if (name === 'exit') process.exit(7);
      if (name === 'throw') await new Promise(() => setImmediate(() => throwNow('thrown out of the thread')));
      sets.delete(name);
    },
    async save({ set, folder, withOptimizer, merged }) {
      at(set);
      say('saving', set.name, 1, 1);
      return { folder, bytes: merged ? 7 : withOptimizer ? 3 : 1, sha256: 'ab'.repeat(32) };
    },
    async info(): Promise<DeviceInfo> {
      const instructionSets = ['avx2', 'avx512f'];
      return {
        device: 'arithmetic',
        tensorflow: 'none',
        instructionSets,
        residentBytes: 12,
        ...{ precision: 'bfloat16', bfloat16Speedup: 1.7 },
        sets: [...sets.values()].map(describe),
      };
    },
    async tokenize({ items, chat }) {
      return items.map(({ prompt, completion, endToken = true }) => ({
        promptIds: [2, ...(chat ? [105] : []), ...codePoints(prompt)],
        completionIds: completion === undefined ? [] : [...codePoints(completion), ...(endToken ? [1] : [])],
      }));
    },
    async generate(request, onPrompt, signal) {
      at(request.set);
      for (const [promptIndex] of request.prompts.entries()) {
        onPrompt(complete(request, promptIndex));
        say('generating', request.set.name, promptIndex + 1, request.prompts.length);
        if (request.seed === -1) await new Promise((resolve) => setTimeout(resolve, 5));
        signal?.throwIfAborted();
      }
    },
    async score({ set, sequences, temperature }) {
      at(set);
      say('scoring', set.name, sequences.length, sequences.length);
      return { logProbs: sequences.map(({ completionIds }) => completionIds.map((id) => logProbOf(id, temperature))) };
    },
    async teacherTargets({ teacher, sequences, draw }) {
      at(teacher);
      return sequences.map(({ completionIds }) => ({
        counts: completionIds.map(() => 1),
        ids: [...completionIds],
        weights: completionIds.map((id) => Math.fround(1 / (1 + id + draw.samples))),
      }));
    },
    async trainStep({ set, fence, batchDigest, sequences, optimizer }) {
      const { history } = find(set);
      const verdict = history.begin({ baseVersion: set.version, fence, digest: batchDigest });
      if (verdict.kind === 'done') return verdict.answer as TrainStepResult;
      obey(batchDigest);
      say('training', set.name, 1, 1);
      const answer: TrainStepResult = {
        version: set.version + 1,
        teacherLoss: sequences.reduce((sum, { teacher }) => sum + (teacher?.targets?.weights[0] ?? 0), 0),
        loss: -sequences.reduce((sum, { weight }) => sum + weight, 0),
        gradNorm: optimizer.learningRate,
        completionTokens: sequences.reduce((sum, { completionIds }) => sum + completionIds.length, 0),
        computedTokens: 64,
        paddingTokens: 5,
      };
      history.commit(answer);
      return answer;
    },
    async reward({ set, sequences, calibrated }) {
      at(set);
      const shift = calibrated ? 1 : 0;
      return { rewards: sequences.map(({ completionIds }) => Math.fround(completionIds.length / 3) - shift) };
    },
    async rewardStep({ set, fence, batchDigest, pairs, part, dropout }) {
      const { history } = find(set);
      const verdict = history.begin({ baseVersion: set.version, fence, digest: batchDigest });
      if (verdict.kind === 'done') return verdict.answer as RewardStepResult;
      const answer: RewardStepResult = {
        ...{ version: set.version + 1, loss: Math.LN2, gradNorm: dropout.rate, accuracy: part === 'head' ? 1 : 0.5 },
        ...{ meanDifference: -0.25, meanReward: pairs[0]?.margin ?? 0, computedTokens: 64, paddingTokens: 5 },
      };
      history.commit(answer);
      return answer;
    },
    async ema({ target, source, rate, fence }) {
      const set = find(target);
      const digest = `ema of ${source.name}@${source.version} at ${rate}`;
      const verdict = set.history.begin({ baseVersion: target.version, fence, digest });
      if (verdict.kind === 'done') return verdict.answer as SetInfo;
      at(source);
      const answer = { ...describe(set), version: target.version + 1 };
      set.history.commit(answer);
      return answer;
    },
    async merge(request) {
      const { to, fence } = request;
      const refs = mergedRefs(request);
      const origin = mergeOrigin(request);
      const present = sets.get(to.name);
      if (present?.history.isRepeatedLoad(origin, fence)) return describe(present);
      refs.forEach(at);
      say('merging', to.name, 1, 1);
      return put(to, fence, origin, false);
    },
  };
}

function complete(request: GenerateRequest, promptIndex: number): PromptCompletions {
  const { id = '', promptIds = [] } = request.prompts[promptIndex] ?? {};
  const { maxTokens, temperature } = request.sampling;
  const completions = Array.from({ length: request.numGenerations }, (_, sample): Completion => {
    const start = request.seed + sample + id.length + promptIds.length;
    const tokenIds = Array.from({ length: maxTokens }, (_, position) => Math.abs(start * 31 + position) % 262_144);
    const logProbs = tokenIds.map((token) => logProbOf(token, temperature || 1));
    return { text: `${id} → ${sample}`, tokenIds, logProbs, finishReason: sample % 2 === 0 ? 'stop' : 'length' };
  });
  return { promptIndex, completions };
}

/** A float32 that no short decimal hits; token 0 has probability 0. */
export function logProbOf(id: number, temperature: number): number {
  return Math.fround(id === 0 ? -Infinity : -Math.log1p(id) / temperature);
}

function obey(batchDigest: string): void {
  const [order, detail = ''] = batchDigest.split(':');
  if (order === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(detail));
  if (order !== 'fail') return;
  const types = { FencedError, VersionLostError, RangeError, TypeError, Error };
  throw new types[detail as keyof typeof types](`asked to fail with ${detail} — “ünïcode” too`);
}

function throwNow(message: string): never {
  throw new Error(message);
}

function codePoints(text: string): number[] {
  return [...text].map((character) => character.codePointAt(0) ?? 0);
}
