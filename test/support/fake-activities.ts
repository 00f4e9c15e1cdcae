import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import { warpMembers, type WarpStage } from '../../configs/schema/warp.ts';
import type { Activities } from '../../activities/index.ts';
import type { Checkpoint, Evaluation, Sets, StageResult } from '../../activities/records.ts';
import type { Teaching } from '../../activities/training.ts';

interface FakeOptions {
  /** Calls, as they are written down, that find their weights lost the first time. */
  readonly loseAt?: readonly string[];
  /** KL to the SFT policy that each evaluation of the J-BOND stage finds, by step. */
  readonly kl?: (step: number) => number;
  /** Results of stages that were made before, by `STAGE from STAGE`. */
  readonly kept?: Record<string, StageResult>;
  /** The stage of kind warp in the recipe. */
  readonly warp?: WarpStage;
  /** Awaited within each call, before it answers. */
  readonly during?: (call: string) => Promise<void>;
}

const ARTIFACT = { path: 'somewhere', sha256: '0'.repeat(64), bytes: 1 };
const TIMINGS = [{ part: 'work', milliseconds: 1, tokens: 2 }];

/** Activities without a model or files, that write down what was asked of them. */
export function fakeActivities(options: FakeOptions = {}): {
  readonly calls: string[];
  /** What was asked about stages made before, and what was kept. */
  readonly stages: string[];
  readonly activities: Activities;
} {
  const { loseAt = [], kl = () => 0, kept = {}, during = async () => {} } = options;
  const calls: string[] = [];
  const stages: string[] = [];
  const losses = [...loseAt];
  const note = async (call: string) => {
    calls.push(call);
    await during(call);
    const loss = losses.indexOf(call);
    if (loss < 0) return;
    losses.splice(loss, 1);
    throw ApplicationFailure.nonRetryable(`${call}: weights are gone`, 'VersionLost');
  };
  const set = (name: string, version: number) => ({ name, version });
  const next = ({ name, version }: { name: string; version: number }) => ({ name, version: version + 1 });

  const merged = (stage: string, by: string, from: readonly Checkpoint[]) => {
    const version = Math.max(...from.map((each) => each.version));
    const made = { stage, version, folder: `result/${stage}-${version}`, sha256: '0', bytes: 1 };
    const parents = from.map((each) => ({ stage: each.stage, sha256: each.sha256 }));
    const checkpoint: Checkpoint = { ...made, purpose: 'result', anchor: null };
    return { checkpoint, record: { ...made, by, parents }, timings: TIMINGS };
  };
  const activities: Activities = {
    async prepareRun({ runId }) {
      await note('prepareRun');
      return { runId, config: ARTIFACT, train: ARTIFACT, evaluation: ARTIFACT };
    },
    async openSets({ stage, checkpoint, reference, keepsAnchor, teacher, lora }) {
      const { stage: from, version, purpose } = checkpoint;
      const anchor = keepsAnchor ? (checkpoint.anchor ?? 'a copy') : 'none';
      await note(
        `openSets ${stage}: ${purpose} ${from} v${version}, anchor ${anchor}, reference ${reference?.stage ?? 'none'}${teacher ? `, teacher ${teacher.folder}` : ''}${lora ? `, adapters on ${lora.base.stage} v${lora.base.version}` : ''}`,
      );
      const sets: Sets = {
        policy: set('policy', version),
        ...(lora && { base: set('base', lora.base.version) }),
        anchor: keepsAnchor ? set('anchor', version) : null,
        reference: reference && set('sft', reference.version),
        ...(teacher && { teacher: set('teacher', teacher.version) }),
      };
      return { sets, timings: TIMINGS };
    },
    describeWorkplace() {
      // Each task queue has a model server of its own.
      return Promise.resolve({ serverId: Context.current().info.taskQueue, hasRun: true });
    },
    async dropSets() {
      await note('dropSets');
    },
    async planSft() {
      await note('planSft');
      return { steps: 3, rows: null };
    },
    async sftBatch({ step, policy }) {
      await note(`sftBatch ${step} v${policy.version}`);
      return { batch: ARTIFACT, timings: TIMINGS };
    },
    async planDistill({ teacher }) {
      await note(`planDistill${teacher ? ` from ${teacher.folder}` : ''}`);
      return { steps: 2, rows: null, targets: teacher && ARTIFACT };
    },
    async distillBatch({ step, policy, teacher, targets }) {
      await note(`distillBatch ${step} v${policy.version}${teacher ? ` by ${teacher.name}` : ''}`);
      const teaching: Teaching = { distillation: { kind: 'given', temperature: 1 }, targets };
      return { batch: ARTIFACT, teaching, metrics: {}, timings: TIMINGS };
    },
    async planJbond() {
      await note('planJbond');
      return { steps: 4, rows: null };
    },
    async rollout({ step, policy, anchor }) {
      await note(`rollout ${step} v${policy.version} against v${anchor.version}`);
      return { samples: ARTIFACT, metrics: { correct: 0.5 }, timings: TIMINGS };
    },
    async jbondBatch({ step }) {
      await note(`jbondBatch ${step}`);
      return { batch: ARTIFACT, metrics: { reward: 0.5 }, timings: TIMINGS };
    },
    async planWarp({ stage }) {
      await note(`planWarp ${stage}`);
      return warpMembers(options.warp!);
    },
    async mergeBySlerp({ stage, base, policies, schedule }) {
      await note(`slerp ${stage}: ${policies.map((each) => each.stage).join(' ')} since ${base.stage}, ${schedule}`);
      return merged(stage, 'slerp', [base, ...policies]);
    },
    async mergeByLiti({ stage, base, other, rate }) {
      await note(`liti ${stage}: ${rate} of ${other.stage}, the rest ${base.stage}`);
      return merged(stage, 'liti', [base, other]);
    },
    async rlooBatch({ step }) {
      await note(`rlooBatch ${step}`);
      return { batch: ARTIFACT, metrics: { reward: 0.5 }, timings: TIMINGS };
    },
    async trainStep({ stage, step, steps, policy }) {
      await note(`trainStep ${stage} ${step}/${steps} v${policy.version}`);
      return { policy: next(policy), metrics: { loss: 1 }, timings: TIMINGS };
    },
    async moveAnchor({ step, anchor, policy }) {
      await note(`moveAnchor ${step} v${anchor.version} to v${policy.version}`);
      return { anchor: next(anchor), timings: TIMINGS };
    },
    async planRewardModel() {
      await note('planRewardModel');
      return { steps: 4, rows: ARTIFACT };
    },
    async rewardModelStep({ step, steps, policy, start }) {
      await note(`rewardModelStep ${step}/${steps} v${policy.version} from ${start.stage}`);
      return { policy: next(policy), metrics: { loss: 1 }, timings: TIMINGS };
    },
    async recordStep({ stage, step }) {
      await note(`recordStep ${stage} ${step}`);
    },
    async evaluate({ stage, step, policy, isReference, fewShot }) {
      await note(`evaluate ${stage} ${step} v${policy.version}${fewShot > 0 ? `, ${fewShot} examples` : ''}`);
      const klToSft = stage === 'jbond' ? kl(step) : isReference ? 0 : null;
      const evaluation: Evaluation = {
        ...{ stage, step, split: 'evaluation', accuracy: 0.25, n: 4, interval: [0.05, 0.7], unjudged: 0 },
        ...{ klToSft, klToSftStandardError: 0, rewards: {}, samplerGap: { largest: 0, mean: 0, n: 1 } },
      };
      return { evaluation, timings: TIMINGS };
    },
    async evaluateSuite({ stage, step, suite, policy, against, fewShot }) {
      const examples = fewShot > 0 ? `, ${fewShot} examples` : '';
      await note(
        `${suite} of ${stage} ${step} v${policy.version}${against ? ` against ${against.stage}` : ''}${examples}`,
      );
      const result = { stage, step, suite, kind: suite, values: {}, unjudged: 0 };
      return { result, timings: TIMINGS };
    },
    async saveCheckpoint({ stage, sets, purpose }) {
      const { version } = sets.policy;
      await note(`save ${purpose} ${stage} v${version}${sets.base ? ' on a base' : ''}`);
      const anchor = purpose === 'recovery' && sets.anchor ? `v${sets.anchor.version}` : null;
      const folder = `${purpose}/${stage}-${version}`;
      const isMerged = sets.base && purpose === 'result';
      const adapter = isMerged && { adapter: { folder: `${folder}-adapter`, sha256: '1', bytes: 1 } };
      const checkpoint: Checkpoint = { stage, version, folder, sha256: '0', bytes: 1, purpose, anchor, ...adapter };
      return { checkpoint, timings: TIMINGS };
    },
    async removeCheckpoint({ checkpoint }) {
      await note(`remove ${checkpoint.purpose} ${checkpoint.stage} v${checkpoint.version}`);
    },
    async findStage({ stage, start, others, fresh }) {
      const key = `${stage} from ${start.stage}`;
      const result = fresh ? null : (kept[key] ?? null);
      const beside = others.length > 0 ? ` beside ${others.map((other) => other.stage).join(' ')}` : '';
      stages.push(`${result ? 'found' : 'wanted'} ${key}${beside}`);
      return { key, result };
    },
    async keepStage({ key, result }) {
      stages.push(`kept ${key}`);
      kept[key] = result;
    },
    async finishRun({ outcome, checkpoints }) {
      await note(`finishRun ${outcome} ${checkpoints.map(({ folder }) => folder).join(' ')}`.trimEnd());
    },
  };
  return { calls, stages, activities };
}
