#!/usr/bin/env node
import { closest } from '../sdk/closest.ts';

interface Entry {
  readonly about: string;
  /** Commands are loaded when asked for, so that `align` never loads the model core. */
  load(): Promise<{ run(args: readonly string[]): Promise<void> }>;
}

const commands: Readonly<Record<string, Entry>> = {
  align: { about: 'run a recipe: start it, or attach to it', load: () => import('./align.ts') },
  plan: { about: 'steps, memory and time of a recipe', load: () => import('./plan.ts') },
  sft: { about: 'run the sft stages of a recipe', load: () => import('./sft.ts') },
  distill: { about: 'run the distill stages of a recipe', load: () => import('./distill.ts') },
  'reward-model': { about: 'run the reward-model stages of a recipe', load: () => import('./reward-model.ts') },
  jbond: { about: 'run the jbond stages of a recipe', load: () => import('./jbond.ts') },
  rloo: { about: 'run the rloo stages of a recipe', load: () => import('./rloo.ts') },
  warp: { about: 'run the warp stages of a recipe', load: () => import('./warp.ts') },
  status: { about: 'runs and processes of a workspace', load: () => import('./status.ts') },
  watch: { about: 'follow a run', load: () => import('./watch.ts') },
  samples: { about: 'what a run sampled, with the verdicts', load: () => import('./samples.ts') },
  pause: { about: 'let a run wait after the step in hand', load: () => import('./pause.ts') },
  resume: { about: 'let a paused run go on', load: () => import('./resume.ts') },
  stop: { about: 'stop a run with a checkpoint, or all processes of a workspace', load: () => import('./stop.ts') },
  up: { about: 'start and watch Temporal, the model server and a worker', load: () => import('./up.ts') },
  serve: { about: 'hold models and answer gRPC', load: () => import('./serve.ts') },
  worker: { about: 'run workflows and activities', load: () => import('./worker.ts') },
  generate: { about: 'complete prompts', load: () => import('./generate.ts') },
  score: { about: 'log-probabilities of given completions', load: () => import('./score.ts') },
  eval: { about: 'accuracy of a model on a data file', load: () => import('./eval.ts') },
  reward: { about: 'write, test and try rewards', load: () => import('./reward.ts') },
  warm: { about: 'average reward models', load: () => import('./warm.ts') },
  merge: { about: 'make one checkpoint of several: linear, slerp, liti, lora', load: () => import('./merge.ts') },
  model: { about: 'pull, list and inspect models', load: () => import('./model.ts') },
  doctor: { about: 'what this machine has, what is missing, what to do', load: () => import('./doctor.ts') },
};

function help(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    'cabochon <command> [options]',
    '',
    ...Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`),
    '',
    'cabochon <command> --help says more.',
  ].join('\n');
}

// Whoever reads us may stop reading (`| head`): then there is nobody left to talk to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const [name, ...args] = process.argv.slice(2);
const entry = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
if (entry) {
  await (await entry.load()).run(args);
} else if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
  console.log(help());
} else {
  const near = closest(name, Object.keys(commands));
  console.error(`cabochon: no command '${name}'${near ? `; do you mean '${near}'?` : ''}\n\n${help()}`);
  process.exitCode = 2;
}
