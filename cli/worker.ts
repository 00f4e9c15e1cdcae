import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

import { localStore } from '../activities/artifacts.ts';
import { createActivities } from '../activities/index.ts';
import { createModelClient } from '../server/grpc-client.ts';
import { command } from './command.ts';
import { messageOf, UnreachableError, UsageError } from './failure.ts';
import { runningUp } from './supervisor/up-file.ts';
import { NAMESPACE, TASK_QUEUE } from './temporal.ts';
import { temporalAddressOf, temporalOptions, workspaceOf } from './workspace.ts';

export const run = command(
  {
    name: 'worker',
    about: `
Runs workflows and activities. Holds no state: any number of workers may share a workspace and a task queue, and each may
be killed at any time. 'cabochon up' starts one by itself.`,
    options: {
      ...temporalOptions,
      'model-address': { type: 'string', value: 'HOST:PORT', help: "the model server (default: the workspace's own)" },
      'task-queue': { type: 'string', value: 'NAME', help: `where to take work from (default: ${TASK_QUEUE})` },
    },
  },
  async ({ values, output }) => {
    const workspace = workspaceOf(values);
    const up = await runningUp(workspace);
    const temporalAddress = temporalAddressOf(values) ?? up?.temporal.address;
    const modelAddress = values['model-address'] ?? up?.model.address;
    if (temporalAddress === undefined || modelAddress === undefined) {
      throw new UsageError("nothing runs in this workspace; start 'cabochon up', or give both addresses");
    }
    Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
    const model = createModelClient({ address: modelAddress });
    const workflowsPath = join(import.meta.dirname, '..', 'workflows', 'index.ts');
    const [connection, workflowBundle] = await Promise.all([
      connect(temporalAddress),
      bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') }),
    ]);
    const worker = await Worker.create({
      ...{ connection, namespace: NAMESPACE, taskQueue: values['task-queue'] ?? TASK_QUEUE, workflowBundle },
      activities: createActivities({ model, store: localStore(workspace) }),
      // Sent at least this often, so that a beat that comes late is far from the heartbeat timeout.
      maxHeartbeatThrottleInterval: '3 seconds',
      shutdownGraceTime: '2 seconds',
    });
    const shutDown = () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, shutDown);
    process.once('disconnect', shutDown); // whoever started us is gone
    output.note(`working on ${workspace}: Temporal ${temporalAddress}, model server ${modelAddress}`);
    process.send?.('ready');
    try {
      await worker.run();
    } finally {
      model.close();
      await connection.close();
      if (process.connected) process.disconnect(); // an open channel would keep the process going
    }
  },
);

/** Started together with Temporal, a worker is the quicker one. */
const PATIENCE_MS = 60_000;

async function connect(address: string): Promise<NativeConnection> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (Date.now() < deadline) continue;
      throw new UnreachableError(`Temporal at ${address} cannot be reached: ${messageOf(error)}`);
    }
  }
}
