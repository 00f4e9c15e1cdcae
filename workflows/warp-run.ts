import { condition, log, startChild, workflowInfo, type ChildWorkflowHandle } from '@temporalio/workflow';

import type { Checkpoint, Evaluation, SuiteResult, Timing, WeightRecord } from '../activities/records.ts';
import type { Stage } from '../configs/schema/recipe.ts';
import type { WarpStage } from '../configs/schema/warp.ts';
import { activities } from './activities.ts';
import { controlSignal, type Control } from './control.ts';
import type { StageProgress } from './progress.ts';
import { recordsOf } from './lineage.ts';
import { dropSetsInPassing } from './member-queues.ts';
import { countLoss } from './recovery.ts';
import { stageAttributes } from './search-attributes.ts';
import type { StageInput, StageState, SuiteRequest, WarpState } from './stage.ts';
import { measureSuites, totalOf } from './stage-moves.ts';

type Member = (input: StageInput<Stage>) => Promise<StageState>;

/** A stage that trains a policy. */
type MemberStage = Awaited<ReturnType<typeof activities.planWarp>>[number];

const FIRST = { iteration: 1, members: [], merged: null, weights: [], milliseconds: 0, tokens: 0 };

/** The parts of WARP, and where it is. Every merge and member takes a fence above all before it. */
export class WarpRun {
  readonly #input: StageInput<WarpStage>;
  #at: WarpState;
  #fence: number;
  #control: Control;
  /** The policies in training. */
  readonly #children = new Set<ChildWorkflowHandle<Member>>();
  readonly #evaluations: Evaluation[] = [];
  readonly #suites: SuiteResult[] = [];

  constructor(input: StageInput<WarpStage>) {
    this.#input = input;
    this.#at = input.resume?.warp ?? { ...FIRST, init: input.start };
    this.#fence = Math.max(input.fence, input.resume?.fence ?? 0);
    this.#control = input.control;
  }

  get isLastIteration(): boolean {
    return this.#at.iteration === this.#input.stage.iterations;
  }

  /** Takes a request to pause, go on or stop, for itself and for the policies in training. */
  async control(control: Control): Promise<void> {
    this.#control = control;
    // A member that just ended need not hear of it.
    await Promise.all([...this.#children].map((child) => child.signal(controlSignal, control).catch(() => {})));
  }

  progress(): StageProgress {
    const { stage } = this.#input;
    const { iteration, members, init } = this.#at;
    return {
      stage: stage.name,
      step: (iteration - 1) * stage.policies + members.filter(isFinished).length,
      steps: stage.iterations * stage.policies,
      ...{ metrics: null, evaluations: [], checkpoint: init.version, recoveries: 0, remainingMs: null },
      control: this.#control,
    };
  }

  /**
   * Trains those policies of the iteration that are not yet: as many at a time as there are task queues, each of which
   * takes the next one when it is done with one. Where a policy is trained does not change it.
   *
   * @param stages Of all iterations, in order.
   * @returns False when it was stopped on the way.
   */
  async trainPolicies(stages: readonly MemberStage[]): Promise<boolean> {
    const { stage, memberQueues = [], run } = this.#input;
    const first = (this.#at.iteration - 1) * stage.policies;
    const policies = stages.slice(first, first + stage.policies);
    const members = policies.map((_, index) => this.#at.members[index] ?? null);
    this.#at = { ...this.#at, members };
    const open = [...policies.entries()].filter(([index]) => !isFinished(members[index]));
    await Promise.all([undefined, ...memberQueues].map((taskQueue) => this.#trainInTurn(open, taskQueue)));
    const trained = this.#at.members.filter(isFinished);
    if (trained.length < policies.length) return false;

    trained.forEach(({ checkpoint }, index) => {
      recordsOf(checkpoint, policies[index]!.kind, this.#at.init).forEach((record) => this.#keep(record));
    });
    const { runId } = run; // room for those that are merged
    await Promise.all([activities.dropSets({ runId }), dropSetsInPassing(runId, memberQueues)]);
    return true;
  }

  /** Takes one open policy after the other, until there is none or the stage is to stop. */
  async #trainInTurn(open: (readonly [index: number, member: MemberStage])[], taskQueue: string | undefined) {
    while (open.length > 0) {
      await condition(() => !this.#control.paused);
      const next = this.#control.stopping ? undefined : open.shift();
      if (!next) return;
      const [index, member] = next;
      const ended = await this.#train(member, this.#at.members[index] ?? null, taskQueue);
      this.#fence = Math.max(this.#fence, ended.fence);
      this.#at = { ...this.#at, members: this.#at.members.with(index, ended) };
      if (isFinished(ended)) this.#spend(ended);
    }
  }

  /** θ_slerp: what the policies of the iteration learned, merged on the sphere. */
  async mergePolicies(): Promise<void> {
    const { run, stage } = this.#input;
    const { init: base, iteration, members } = this.#at;
    const policies = members.filter(isFinished).map(({ checkpoint }) => checkpoint);
    const name = `${stage.name}-${iteration}-slerp`;
    const { schedule } = stage;
    const { record, checkpoint } = await this.#withSets('merge', (fence) =>
      activities.mergeBySlerp({ run, stage: name, fence, base, policies, schedule }),
    );
    this.#keep(record);
    this.#at = { ...this.#at, merged: checkpoint };
  }

  /** The next iteration begins at (1 − η) θ_init + η θ_slerp. */
  async stepBack(): Promise<void> {
    const { stage } = this.#input;
    const { init, iteration } = this.#at;
    const next = await this.#interpolate(init, stage.eta, `${stage.name}-${iteration}`);
    this.#at = { ...this.#at, init: next, iteration: iteration + 1, members: [] };
  }

  /**
   * A point of the front: (1 − η) of the first weights and η of the last merge, made under a name of its own and evaluated;
   * by suites as well, where some are given.
   */
  async evaluateAt(rate: number, name: string, suites: readonly SuiteRequest[] = []): Promise<Checkpoint> {
    const { run, start, reference } = this.#input;
    const checkpoint = await this.#interpolate(start, rate, name);
    const { evaluation, results } = await this.#withSets('evaluation', async (fence) => {
      const from = { checkpoint, reference, keepsAnchor: false, trainable: false };
      const opened = await activities.openSets({ run, stage: name, fence, ...from });
      const { policy, reference: loaded } = opened.sets;
      const at = { run, stage: name, step: 0, policy, fewShot: 0 };
      const done = await activities.evaluate({ ...at, reference: loaded, isReference: false });
      const measured = await measureSuites(suites, { ...at, fence });
      return { ...done, ...measured, timings: [...opened.timings, ...done.timings, ...measured.timings] };
    });
    this.#evaluations.push(evaluation);
    this.#suites.push(...results);
    return checkpoint;
  }

  stopped(): StageState {
    return this.#state(this.#at.init, 'stopped');
  }

  finished(result: Checkpoint): StageState {
    return this.#state(result, 'finished');
  }

  /** @param former How it was when it was stopped on its way; null when it was not. */
  async #train(member: MemberStage, former: StageState | null, taskQueue: string | undefined): Promise<StageState> {
    const { resume: _, memberQueues: __, ...context } = this.#input;
    const { init: start } = this.#at;
    const fence = this.#fence;
    const resume = former && { ...former, outcome: 'running' as const, sets: null, fence };
    const control = this.#control;
    const child = await startChild<Member>(member.kind, {
      workflowId: `${workflowInfo().workflowId}.${member.name}`,
      ...(taskQueue !== undefined && { taskQueue }),
      typedSearchAttributes: stageAttributes(member.name),
      args: [{ ...context, stage: member, suites: [], start, fence, control, ...(resume && { resume }) }],
    });
    this.#children.add(child);
    if (this.#control !== control) await this.control(this.#control); // it changed while the child started
    const ended = await child.result();
    this.#children.delete(child);
    return ended;
  }

  async #interpolate(base: Checkpoint, rate: number, name: string): Promise<Checkpoint> {
    const { run } = this.#input;
    const other = this.#at.merged!;
    const { record, checkpoint } = await this.#withSets('merge', (fence) =>
      activities.mergeByLiti({ run, stage: name, fence, base, other, rate }),
    );
    this.#keep(record);
    return checkpoint;
  }

  /** Does what needs weights on the server, and again when the server lost them. */
  async #withSets<Result extends { readonly timings: readonly Timing[] }>(
    what: string,
    work: (fence: number) => Promise<Result>,
  ): Promise<Result> {
    for (let losses = 0; ;) {
      try {
        const result = await work(++this.#fence);
        this.#spend(totalOf(result.timings));
        return result;
      } catch (error) {
        losses = countLoss(error, losses, `${this.#input.stage.name}: ${what}`);
        log.warn('weights lost; loading them again', { what, losses });
      }
    }
  }

  #spend({ milliseconds, tokens }: { readonly milliseconds: number; readonly tokens: number }): void {
    const at = this.#at;
    this.#at = { ...at, milliseconds: at.milliseconds + milliseconds, tokens: at.tokens + tokens };
  }

  #keep(record: WeightRecord): void {
    this.#at = { ...this.#at, weights: [...this.#at.weights, record] };
  }

  #state(checkpoint: Checkpoint, outcome: 'finished' | 'stopped'): StageState {
    const { iterations } = this.#input.stage;
    const { milliseconds, tokens, weights } = this.#at;
    return {
      ...{ fence: this.#fence, sets: null, plan: null, endsAt: null, step: iterations, checkpointStep: iterations },
      ...{ milliseconds, tokens, recoveries: 0, recoveriesInRow: 0, makesPolicy: true, makesReference: false, weights },
      ...{ metrics: null, checkpoint, evaluations: this.#evaluations, suites: this.#suites, outcome, warp: this.#at },
    };
  }
}

function isFinished(member: StageState | null | undefined): member is StageState {
  return member?.outcome === 'finished';
}
