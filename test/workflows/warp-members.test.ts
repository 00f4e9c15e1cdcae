import { WorkflowFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';

import { WarpStage } from '../../configs/schema/warp.ts';
import type { AlignInput } from '../../workflows/align.ts';
import { BASE, startAlign } from '../support/align-run.ts';
import { fakeActivities } from '../support/fake-activities.ts';

// WARP's policies where there are several model servers, each with workers and a task queue of its own.

const { recipe, client, execute } = await startAlign();
const member = { kind: 'rloo', steps: 4, promptsPerStep: 4, maxTokens: 8 };
const warp = WarpStage.parse({ kind: 'warp', policies: 3, iterations: 1, eta: 0.5, member });
const inputOf = (runId: string, memberQueues: readonly string[]): AlignInput => {
  return { runId, recipe: { ...recipe, stages: [recipe.stages[0]!, warp] }, base: BASE, memberQueues };
};
const queueOf = async (workflowId: string) => (await client.workflow.getHandle(workflowId).describe()).taskQueue;

/** A promise and what resolves it. */
function signal(): { readonly given: Promise<void>; give(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { given: promise, give: resolve };
}

describe.concurrent('policies of WARP', { timeout: 120_000 }, () => {
  test('are trained at the same time, and come to the same as one after the other', async () => {
    const alone = await execute(fakeActivities({ warp }).activities, inputOf('in-turn', []));

    const second = signal();
    const together = fakeActivities({
      warp,
      during: async (call) => {
        if (call === 'trainStep warp-1-2 1/4 v3') second.give();
        if (call === 'trainStep warp-1-1 4/4 v6') await second.given; // would wait for ever if they took turns
      },
    });
    const state = await execute(together.activities, inputOf('together', ['elsewhere']));
    expect(state.weights).toEqual(alone.weights);
    expect(state.checkpoints).toEqual(alone.checkpoints);
    const queues = await Promise.all([1, 2].map((i) => queueOf(`together.warp.warp-1-${i}`)));
    expect(queues).toEqual(['together', 'elsewhere']);
    // The third is trained by whichever has done its first.
    expect(['together', 'elsewhere']).toContain(await queueOf('together.warp.warp-1-3'));
    expect(together.calls.filter((call) => call === 'dropSets')).toHaveLength(2); // one on each server
  });

  test('are all stopped after the step in hand, and all go on from there', async () => {
    const second = signal();
    const fake = fakeActivities({
      warp,
      during: async (call) => {
        if (call === 'trainStep warp-1-2 1/4 v3') second.give();
        if (call !== 'trainStep warp-1-1 2/4 v4') return;
        await second.given;
        await client.workflow.getHandle('stopped-twice').executeUpdate('stop');
      },
    });
    const input = inputOf('stopped-twice', ['stopped-elsewhere']);
    const first = await execute(fake.activities, input);
    expect(first.outcome).toBe('stopped');
    const halfWay = first.unfinished!.warp!.members.map((each) => each && each.outcome);
    expect(halfWay).toEqual(['stopped', 'stopped', null]); // the third has not begun

    const state = await execute(fake.activities, { ...input, resume: first });
    expect(state.outcome).toBe('finished');
    const steps = fake.calls.filter((call) => call.startsWith('trainStep warp')).sort();
    const once = [1, 2, 3].flatMap((i) => [1, 2, 3, 4].map((step) => `trainStep warp-1-${i} ${step}/4 v${step + 2}`));
    expect(steps).toEqual(once);
  });

  test.each([
    ['same-server', { serverId: 'one', hasRun: true }, /queue same-server-2 share a model server with the run's own/],
    ['other-workspace', { serverId: '', hasRun: false }, /queue other-workspace-2 have no somewhere; start them on/],
  ])('are refused where they cannot be trained elsewhere: %s', async (name, workplace, message) => {
    const { calls, activities } = fakeActivities({ warp });
    const describeWorkplace = () => Promise.resolve(workplace);
    const running = execute({ ...activities, describeWorkplace }, inputOf(name, [`${name}-2`]));
    const failure = await running.catch((error: unknown) => error);
    if (!(failure instanceof WorkflowFailedError)) return expect.unreachable(String(failure));
    expect(failure.cause?.message).toMatch(message);
    expect(calls).toEqual(['prepareRun', 'dropSets', 'dropSets']); // no night is spent before
  });
});
