import { condition, log, setHandler, startChild, workflowInfo, type ChildWorkflowHandle } from '@temporalio/workflow';

import type { Checkpoint, Evaluation, Timing, WeightRecord } from '../activities/records.ts';
import type { Stage } from '../configs/schema/recipe.ts';
import type { WarpStage } from '../configs/schema/warp.ts';
import { activities } from './activities.ts';
import { controlSignal } from './control.ts';
import { stageProgressQuery } from './progress.ts';
import { countLoss } from './recovery.ts';
import type { StageInput, StageState, WarpState } from './stage.ts';
import { totalOf } from './stage-moves.ts';

type Member = (input: StageInput<Stage>) => Promise<StageState>;

/**
 * WARP (arXiv 2406.16768, Algorithm 1): trains the policies of an iteration one after the other, each as a child workflow of its
 * kind, merges them, steps back towards the beginning, and goes on from there. At the end the front: the first weights and
 * the last merge at each η, evaluated.
 */
export async function warp(input: StageInput<WarpStage>): Promise<StageState> {
  const { resume: before, ...context } = input;
  const { run, stage, start, reference } = context;
  let control = input.control;
  let child: ChildWorkflowHandle<Member> | null = null;
  setHandler(controlSignal, async (value) => {
    control = value;
    await child?.signal(controlSignal, value).catch(() => {}); // a member that just ended need not hear of it
  });
  let at: WarpState = before?.warp ?? { ...FIRST, init: start };
  let fence = Math.max(input.fence, before?.fence ?? 0);
  const { policies: perIteration, iterations } = stage;
  setHandler(stageProgressQuery, () => ({
    ...{
      stage: stage.name,
      step: (at.iteration - 1) * perIteration + at.members.length,
      steps: iterations * perIteration,
    },
    ...{ metrics: null, evaluations: [], checkpoint: at.init.version, recoveries: 0, remainingMs: null, control },
  }));
  const spend = (spent: { milliseconds: number; tokens: number }) => {
    at = { ...at, milliseconds: at.milliseconds + spent.milliseconds, tokens: at.tokens + spent.tokens };
  };
  const withSets = async <Result extends { readonly timings: readonly Timing[] }>(
    what: string,
    work: (fence: number) => Promise<Result>,
  ): Promise<Result> => {
    for (let losses = 0; ;) {
      try {
        const result = await work(++fence);
        spend(totalOf(result.timings));
        return result;
      } catch (error) {
        losses = countLoss(error, losses, `${stage.name}: ${what}`);
        log.warn('weights lost; loading them again', { what, losses });
      }
    }
  };
  const keep = (records: readonly WeightRecord[]) => void (at = { ...at, weights: [...at.weights, ...records] });
  const stopped = () => stateOf(input, at, fence, { checkpoint: at.init, evaluations: [], outcome: 'stopped' });

  const members = await activities.planWarp({ run, stage: stage.name });
  for (; at.iteration <= iterations; at = { ...at, iteration: at.iteration + 1, members: [] }) {
    while (at.members.length < perIteration) {
      await condition(() => !control.paused);
      if (control.stopping) return stopped();
      const member = members[(at.iteration - 1) * perIteration + at.members.length]!;
      const resume = at.unfinished && { ...at.unfinished, outcome: 'running' as const, sets: null, fence };
      const given = control;
      child = await startChild<Member>(member.kind, {
        workflowId: `${workflowInfo().workflowId}.${member.name}`,
        args: [{ ...context, stage: member, suites: [], start: at.init, fence, control, ...(resume && { resume }) }],
      });
      if (control !== given) await child.signal(controlSignal, control);
      const ended = await child.result();
      child = null;
      fence = ended.fence;
      if (ended.outcome === 'stopped') {
        at = { ...at, unfinished: ended };
        return stopped();
      }
      at = { ...at, unfinished: null, members: [...at.members, ended.checkpoint] };
      spend(ended);
      keep([recordOf(ended.checkpoint, member.kind, at.init)]);
    }
    await activities.dropSets({ runId: run.runId }); // room for those that are merged
    const name = `${stage.name}-${at.iteration}`;
    const common = { run, base: at.init };
    const merged = await withSets('merge', (next) =>
      activities.mergeBySlerp({
        ...common,
        stage: `${name}-slerp`,
        fence: next,
        policies: at.members,
        schedule: stage.schedule,
      }),
    );
    keep([merged.record]);
    at = { ...at, merged: merged.checkpoint };
    if (at.iteration === iterations) break;
    const back = await withSets('merge', (next) =>
      activities.mergeByLiti({ ...common, stage: name, fence: next, other: merged.checkpoint, rate: stage.eta }),
    );
    keep([back.record]);
    at = { ...at, init: back.checkpoint };
  }

  /** The first weights and the last merge, evaluated under a name of their own. */
  const placeOnFront = async (
    name: string,
    rate: number,
  ): Promise<{ checkpoint: Checkpoint; evaluation: Evaluation }> => {
    const made = await withSets('merge', (next) =>
      activities.mergeByLiti({ run, stage: name, fence: next, base: start, other: at.merged!, rate }),
    );
    keep([made.record]);
    const { evaluation } = await withSets('evaluation', async (next) => {
      const from = { checkpoint: made.checkpoint, reference, keepsAnchor: false, trainable: false };
      const opened = await activities.openSets({ run, stage: name, fence: next, ...from });
      const { policy, reference: loaded } = opened.sets;
      const how = { step: 0, policy, reference: loaded, isReference: false, fewShot: 0 };
      const done = await activities.evaluate({ run, stage: name, ...how });
      return { evaluation: done.evaluation, timings: [...opened.timings, ...done.timings] };
    });
    return { checkpoint: made.checkpoint, evaluation };
  };
  const evaluations: Evaluation[] = [];
  for (const rate of stage.front) {
    evaluations.push((await placeOnFront(`${stage.name}-eta-${rate}`, rate)).evaluation);
  }
  const result = await placeOnFront(stage.name, stage.eta);
  evaluations.push(result.evaluation);
  return stateOf(input, at, fence, { checkpoint: result.checkpoint, evaluations, outcome: 'finished' });
}

const FIRST = { iteration: 1, members: [], merged: null, unfinished: null, weights: [], milliseconds: 0, tokens: 0 };

function recordOf({ stage, version, folder, sha256, bytes }: Checkpoint, by: string, from: Checkpoint): WeightRecord {
  return { stage, version, folder, sha256, bytes, by, parents: [{ stage: from.stage, sha256: from.sha256 }] };
}

function stateOf(
  { stage }: StageInput<WarpStage>,
  at: WarpState,
  fence: number,
  end: {
    readonly checkpoint: Checkpoint;
    readonly evaluations: readonly Evaluation[];
    readonly outcome: 'finished' | 'stopped';
  },
): StageState {
  const { milliseconds, tokens, weights } = at;
  return {
    ...{
      fence,
      sets: null,
      plan: null,
      endsAt: null,
      step: stage.iterations,
      checkpointStep: stage.iterations,
      metrics: null,
    },
    ...{ milliseconds, tokens, recoveries: 0, recoveriesInRow: 0, makesPolicy: true, makesReference: false, weights },
    ...{ ...end, warp: at },
  };
}
