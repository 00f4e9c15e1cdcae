import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import { UnreachableError, UsageError } from '../failure.ts';
import { runningUp } from '../supervisor/up-file.ts';
import { connectTemporal } from '../temporal.ts';
import { temporalAddressOf, workspaceOf } from '../workspace.ts';
import { readResult, readRunConfig } from './recorded.ts';

interface Where {
  readonly workspace?: string | undefined;
  readonly 'temporal-address'?: string | undefined;
}

/**
 * The Temporal server of a workspace that is up.
 *
 * @throws UnreachableError when there is none. UsageError when being up would not help: no such run, or one that finished.
 */
async function connectToRun(values: Where, runId: string): Promise<Client> {
  const workspace = workspaceOf(values);
  const address = temporalAddressOf(values) ?? (await runningUp(workspace))?.temporal.address;
  if (address !== undefined) return connectTemporal(address);
  if ((await readRunConfig(workspace, runId)) === null) {
    throw new UsageError(`no run ${runId} in ${workspace}; cabochon status lists the runs`);
  }
  if ((await readResult(workspace, runId))?.outcome === 'finished') throw new UsageError(`run ${runId} has finished`);
  throw new UnreachableError(`nothing runs in ${workspace}; start it with cabochon up`);
}

/** Does something to a run. @throws UsageError when Temporal knows no such run. */
export async function withRun<Result>(
  values: Where,
  runId: string,
  act: (handle: ReturnType<Client['workflow']['getHandle']>, client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connectToRun(values, runId);
  try {
    return await act(client.workflow.getHandle(runId), client);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new UsageError(`no run ${runId} goes on here; cabochon status lists what there is`);
  } finally {
    await client.connection.close();
  }
}
