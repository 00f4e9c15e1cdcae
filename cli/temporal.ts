import { Client, Connection } from '@temporalio/client';

import { messageOf, UnreachableError } from './failure.ts';

/** Temporal's namespace for every run. */
export const NAMESPACE = 'default';

/** What runs and their stages can be searched by, all of type Keyword: in the UI, or `temporal workflow list --query`. */
export const SEARCH_ATTRIBUTES = { recipe: 'CabochonRecipe', model: 'CabochonModel', stage: 'CabochonStage' } as const;

/** Where workers take work from, unless the command line says otherwise. */
export const TASK_QUEUE = 'cabochon';

/**
 * Makes sure that somebody takes work from a queue: a run would wait for ever.
 *
 * @throws UnreachableError when no worker has asked it for work of late.
 */
export async function requireWorkers({ connection }: Client, taskQueue: string): Promise<void> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    ...{ namespace: NAMESPACE, taskQueue: { name: taskQueue } },
    taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
  });
  if (pollers && pollers.length > 0) return;
  throw new UnreachableError(
    `no worker takes work from task queue ${taskQueue}; start one: cabochon worker --task-queue ${taskQueue} [--model-address HOST:PORT]`,
  );
}

/** Ids of the runs that have not ended. @throws UnreachableError when nobody answers at the address. */
export async function runsGoingOn(address: string): Promise<string[]> {
  const client = await connectTemporal(address);
  try {
    const runIds: string[] = [];
    const query = "WorkflowType = 'align' AND ExecutionStatus = 'Running'";
    for await (const { workflowId } of client.workflow.list({ query })) runIds.push(workflowId);
    return runIds;
  } finally {
    await client.connection.close();
  }
}

/** Of Temporal's `TaskQueueType`. */
const TASK_QUEUE_TYPE_WORKFLOW = 1;

/** @throws UnreachableError when nobody answers at the address. */
export async function connectTemporal(address: string): Promise<Client> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '10 seconds' });
    return new Client({ connection, namespace: NAMESPACE });
  } catch (error) {
    throw new UnreachableError(`Temporal at ${address} cannot be reached: ${messageOf(error)}`);
  }
}

/** Whether a Temporal server is up and has its namespace. */
export async function answersTemporal(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: '1 second' });
  try {
    await connection.withDeadline(Date.now() + 1000, () =>
      connection.workflowService.describeNamespace({ namespace: NAMESPACE }),
    );
    return true;
  } finally {
    await connection.close();
  }
}
