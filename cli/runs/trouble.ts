import type { Client } from '@temporalio/client';

import type { RunProgress } from '../../workflows/progress.ts';

/** So many attempts in vain are worth a word. */
const ATTEMPTS = 3;

/** What a run tries again and again, and why; empty when all is well. */
export async function describeTrouble(client: Client, runId: string): Promise<string> {
  const run = client.workflow.getHandle(runId);
  const { child } = await run.query<RunProgress>('progress');
  const { raw } = await client.workflow.getHandle(child ?? runId).describe();
  return (raw.pendingActivities ?? [])
    .filter(({ attempt, lastFailure }) => (attempt ?? 0) >= ATTEMPTS && lastFailure)
    .map(({ activityType, lastFailure }) => `${activityType?.name} keeps being tried: ${lastFailure?.message}`)
    .join('\n');
}
