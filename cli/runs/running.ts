import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import { UnreachableError, UsageError } from '../failure.ts';
import { runningUp } from '../supervisor/up-file.ts';
import { connectTemporal } from '../temporal.ts';
import { temporalAddressOf, workspaceOf } from '../workspace.ts';

interface Where {
  readonly workspace?: string | undefined;
  readonly 'temporal-address'?: string | undefined;
}

/** The Temporal server of a workspace that is up. @throws UnreachableError when there is none. */
export async function connectToRuns(values: Where): Promise<Client> {
  const workspace = workspaceOf(values);
  const address = temporalAddressOf(values) ?? (await runningUp(workspace))?.temporal.address;
  if (address === undefined) throw new UnreachableError(`nothing runs in ${workspace}; start it with cabochon up`);
  return connectTemporal(address);
}

/** Does something to a run. @throws UsageError when Temporal knows no such run. */
export async function withRun<Result>(
  values: Where,
  runId: string,
  act: (handle: ReturnType<Client['workflow']['getHandle']>, client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connectToRuns(values);
  try {
    return await act(client.workflow.getHandle(runId), client);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new UsageError(`no run ${runId} goes on here; cabochon status lists what there is`);
  } finally {
    await client.connection.close();
  }
}
