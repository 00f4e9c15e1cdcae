/**
 * Entry of the worker thread that runs the model core. The core blocks its thread for as long as a device call takes;
 * here that holds up nobody but the next call.
 */
import { parentPort, workerData } from 'node:worker_threads';

import type { Engine } from '../model/api/engine.ts';
import {
  type EngineCall,
  type EngineModule,
  type FromThread,
  recordError,
  type ThreadData,
  type ToThread,
} from './engine-protocol.ts';

if (!parentPort) throw new Error('engine-thread: not in a worker thread; start it through server/engine-client.ts');
const port = parentPort;
const post = (message: FromThread) => port.postMessage(message);

const { engineModule } = workerData as ThreadData;
const { createEngine } = (await import(engineModule)) as EngineModule;
const engine = await createEngine({
  onEvent: (event) => post({ kind: 'event', event }),
  onTraced: ({ name, shapes, milliseconds }) =>
    console.error(`compiled ${name} in ${(milliseconds / 1000).toFixed(1)} s; shapes so far: ${shapes}`),
});

let running: { readonly id: number; readonly controller: AbortController } | null = null;

port.on('message', (message: ToThread) => {
  if (message.kind === 'call') void answer(message);
  else if (running?.id === message.id) running.controller.abort();
});
post({ kind: 'ready' });

async function answer(call: EngineCall): Promise<void> {
  const { id } = call;
  const controller = new AbortController();
  running = { id, controller };
  try {
    post({ kind: 'done', id, answer: await perform(engine, call, controller.signal) });
  } catch (error) {
    post({ kind: 'failed', id, error: recordError(error) });
  }
}

function perform(core: Engine, call: EngineCall, signal: AbortSignal): Promise<unknown> {
  switch (call.method) {
    case 'load':
      return core.load(call.argument);
    case 'copy':
      return core.copy(call.argument);
    case 'drop':
      return core.drop(call.argument);
    case 'save':
      return core.save(call.argument);
    case 'info':
      return core.info();
    case 'tokenize':
      return core.tokenize(call.argument);
    case 'generate':
      return core.generate(call.argument, (item) => post({ kind: 'item', id: call.id, item }), signal);
    case 'score':
      return core.score(call.argument);
    case 'teacherTargets':
      return core.teacherTargets(call.argument);
    case 'trainStep':
      return core.trainStep(call.argument);
    case 'reward':
      return core.reward(call.argument);
    case 'rewardStep':
      return core.rewardStep(call.argument);
    case 'ema':
      return core.ema(call.argument);
    case 'merge':
      return core.merge(call.argument);
  }
}
