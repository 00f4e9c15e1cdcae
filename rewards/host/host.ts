/**
 * A process that holds one reward and judges with it. Whatever the reward does here (loop for ever, leak, exit), it ends no
 * more than this process. Started by `process.ts`, which has the limits.
 */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

import { openChannel, type Channel } from './channel.ts';
import { hostedReward } from './hosted-reward.ts';
import type { HostCalls, WorkerCalls } from './messages.ts';
import { endGroup, LAST_WORDS_FD, type WatchdogOptions } from './watchdog.ts';

const [parent, maxRssMb] = process.argv.slice(2).map(Number) as [number, number];
const workerData: WatchdogOptions = { parent, maxRssMb };
new Worker(new URL('./watchdog.ts', import.meta.url), { workerData, stderr: false }).unref();

// The channel is ours: what a reward sends or disconnects by itself must not reach the other end.
const send = process.send!.bind(process);
const port = {
  send: (message: unknown) => void (process.connected && send(message)),
  listen: (listener: (message: unknown) => void) => void process.on('message', listener),
};
process.on('disconnect', endGroup);
Object.assign(process, { send: undefined, disconnect: undefined });

process.on('uncaughtException', (error: unknown) => {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeSync(LAST_WORDS_FD, `it crashed outside of its call: ${what.split('\n').slice(0, 2).join(' ')}`);
  console.error(error);
  process.exit(1);
});

const channel: Channel<WorkerCalls> = openChannel<WorkerCalls, HostCalls>(
  port,
  hostedReward((request, signal) => channel.call('scoreTexts', request, signal)),
);
