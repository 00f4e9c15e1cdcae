import { ApplicationFailure } from '@temporalio/workflow';

import type { RunRef } from '../activities/records.ts';
import { activities, activitiesOn, inPassingOn } from './activities.ts';

/**
 * Makes sure that the workers of other task queues can train policies of a run beside its own: in its workspace, and on
 * model servers of their own.
 *
 * @throws ApplicationFailure naming the queue whose workers cannot.
 */
export async function requireOwnServers(run: RunRef, queues: readonly string[]): Promise<void> {
  const own = await activities.describeWorkplace({ run });
  const others = await Promise.all(queues.map((queue) => activitiesOn(queue).describeWorkplace({ run })));
  const taken = new Map([[own.serverId, "the run's own workers"]]);
  others.forEach(({ serverId, hasRun }, i) => {
    const queue = queues[i]!;
    if (!hasRun) {
      throw refusal(`workers of task queue ${queue} have no ${run.config.path}; start them on the run's workspace`);
    }
    const user = taken.get(serverId);
    if (user !== undefined) {
      throw refusal(
        `workers of task queue ${queue} share a model server with ${user}; start them with another --model-address`,
      );
    }
    taken.set(serverId, `those of ${queue}`);
  });
}

/** Frees a run's weight sets on the servers of these task queues (undefined: the run's own), as far as they answer. */
export async function dropSetsInPassing(runId: string, queues: readonly (string | undefined)[]): Promise<void> {
  await Promise.allSettled(queues.map((queue) => inPassingOn(queue).dropSets({ runId })));
}

function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'BadMemberQueue');
}
