import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import type { Checkpoint } from '../../activities/records.ts';
import type { UnresolvedRecipe } from '../../configs/load.ts';
import type { align, AlignState } from '../../workflows/align.ts';
import { searchAttributesOf } from './search-attributes.ts';

export interface StartOptions {
  readonly client: Client;
  readonly runId: string;
  readonly recipe: UnresolvedRecipe;
  readonly base: Checkpoint;
  /** Where workers take the run from. */
  readonly taskQueue: string;
  /** Task queues of other model servers, where policies of stages of kind warp are trained as well. */
  readonly memberQueues: readonly string[];
  /** Make every stage, also those that were made before from the same. */
  readonly fresh?: boolean;
  /** The models that stages learn from, by the stage's name. */
  readonly teachers: Readonly<Record<string, Checkpoint>>;
}

/** What starting a run came to: begun, already running, or begun again where it was stopped. */
export type Started = 'started' | 'attached' | 'resumed';

/**
 * Starts a run, unless it runs already. One that was stopped goes on from its last checkpoint; one that failed is begun
 * again, and what it recorded before must come out the same.
 */
export async function startRun({
  client,
  runId,
  recipe,
  base,
  teachers,
  taskQueue,
  memberQueues,
  fresh = false,
}: StartOptions): Promise<Started> {
  const earlier = await earlierExecution(client, runId);
  if (earlier === 'running') return 'attached';
  await client.workflow.start<typeof align>('align', {
    workflowId: runId,
    taskQueue,
    args: [{ runId, recipe, base, teachers, memberQueues, fresh, ...(earlier && { resume: earlier }) }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    typedSearchAttributes: await searchAttributesOf(client, recipe),
    staticSummary: `${recipe.name}: ${recipe.model} through ${recipe.stages.map(({ name }) => name).join(', ')}`,
  });
  return earlier ? 'resumed' : 'started';
}

/** The state a stopped execution ended with; null when there was none, or none to go on from. */
async function earlierExecution(client: Client, runId: string): Promise<AlignState | 'running' | null> {
  const handle = client.workflow.getHandle<typeof align>(runId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return 'running';
    return status.name === 'COMPLETED' ? await handle.result() : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
