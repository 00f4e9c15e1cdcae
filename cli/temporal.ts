import { Client, Connection } from '@temporalio/client';

import { messageOf, UnreachableError } from './failure.ts';

/** Temporal's namespace for every run. */
export const NAMESPACE = 'default';

/** Where workers take work from, unless the command line says otherwise. */
export const TASK_QUEUE = 'cabochon';

/** @throws UnreachableError when nobody answers at the address. */
export async function connectTemporal(address: string): Promise<Client> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '5 seconds' });
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
