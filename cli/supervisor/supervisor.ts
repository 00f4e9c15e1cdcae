import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { startGuard } from './guard.ts';
import { endGroup, freePort, isAlive } from './process.ts';
import { keepRunning, type Service, type ServiceSpec } from './service.ts';
import { modelService, temporalService, workerService } from './services.ts';
import { readUpFile, writeUpFile, type UpFile } from './up-file.ts';

export interface SupervisorOptions {
  readonly workspace: string;
  /** A Temporal server to use in place of one of our own. */
  readonly temporalAddress: string | null;
}

export interface Supervisor {
  readonly up: UpFile;
  /** Ends everything it started, those that depend on others first. */
  stop(): Promise<void>;
}

/**
 * Starts what a workspace needs, Temporal, the model server and a worker, and keeps it running. Ends what a killed
 * predecessor left behind, and takes over its ports.
 *
 * @returns When everything answers.
 * @throws Error when one of them cannot be started at all; the others are ended again.
 */
export async function supervise({ workspace, temporalAddress }: SupervisorOptions): Promise<Supervisor> {
  await mkdir(join(workspace, 'logs'), { recursive: true });
  const before = await readUpFile(workspace);
  if (before) await endLeftovers(before);
  const addresses = await chooseAddresses(before, temporalAddress);

  const guard = startGuard();
  const services: Service[] = [];
  const describe = (pid: number | null) => upFile(pid, addresses, services);
  let written = Promise.resolve();
  const changed = () => {
    for (const { name, pid } of services) guard.guard(name, pid);
    written = written.then(() => writeUpFile(workspace, describe(process.pid)));
  };
  const stop = async () => {
    for (const service of services.toReversed()) await service.stop();
    await written;
    await writeUpFile(workspace, describe(null));
    guard.dismiss();
  };

  try {
    for (const spec of specsOf(workspace, addresses)) services.push(keepRunning(spec, changed));
    changed();
    await Promise.all(services.map((service) => service.started));
  } catch (error) {
    await stop();
    throw error;
  }
  return { up: describe(process.pid), stop };
}

interface Addresses {
  readonly temporal: string;
  /** Null when the Temporal server is not ours. */
  readonly ui: string | null;
  readonly model: string;
}

/** The ports of last time where they are free, so that addresses noted down or open in a browser stay right. */
async function chooseAddresses(before: UpFile | null, temporalAddress: string | null): Promise<Addresses> {
  const local = async (formerly: string | null | undefined) => {
    const [, port] = /127\.0\.0\.1:(\d+)$/.exec(formerly ?? '') ?? [];
    return `127.0.0.1:${await freePort(port === undefined ? undefined : Number(port))}`;
  };
  const wasOurs = before?.temporal.ui != null;
  return {
    temporal: temporalAddress ?? (await local(wasOurs ? before.temporal.address : null)),
    ui: temporalAddress === null ? `http://${await local(before?.temporal.ui)}` : null,
    model: await local(before?.model.address),
  };
}

function specsOf(workspace: string, { temporal, ui, model }: Addresses): ServiceSpec[] {
  const portOf = (address: string) => Number(address.split(':').at(-1));
  return [
    ...(ui === null ? [] : [temporalService({ workspace, port: portOf(temporal), uiPort: portOf(ui) })]),
    modelService({ workspace, address: model }),
    workerService({ workspace, temporal, model }),
  ];
}

function upFile(pid: number | null, { temporal, ui, model }: Addresses, services: readonly Service[]): UpFile {
  const pidOf = (name: string) => services.find((service) => service.name === name)?.pid ?? null;
  return {
    ...{ pid, ready: pid !== null && services.every((service) => service.isReady) },
    temporal: { address: temporal, ui, pid: pidOf('temporal') },
    model: { address: model, pid: pidOf('serve') },
    worker: { pid: pidOf('worker') },
  };
}

/** What an `up` that was killed started. Its guardian is at the same work, unless that was killed too. */
async function endLeftovers({ temporal, model, worker }: UpFile): Promise<void> {
  for (const { pid } of [worker, model, temporal]) {
    if (pid !== null && (await isAlive(pid))) await endGroup(pid, 5_000);
  }
}
