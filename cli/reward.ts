import { closeRewards } from '../rewards/load.ts';
import { closest } from '../sdk/closest.ts';
import { diff } from './reward/diff.ts';
import { create } from './reward/new.ts';
import { replay } from './reward/replay.ts';
import { runReward } from './reward/run.ts';
import { test } from './reward/test.ts';

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  ...{ new: create, test, run: runReward, replay, diff },
};

const help = `cabochon reward <command> [options]

  new      write a plugin that works, to begin with
  test     try a reward on its fixtures; no model needed
  run      judge completions from a file
  replay   judge the samples of a run again, and show what changes
  diff     judge completions with two rewards, and show where they differ

cabochon reward <command> --help says more. docs/writing-a-reward.md goes through it step by step.`;

export async function run([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h') return console.log(help);
  const chosen = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (chosen) return chosen(args).finally(closeRewards);
  const near = closest(name, Object.keys(commands));
  console.error(`cabochon reward: no command '${name}'${near ? `; do you mean '${near}'?` : ''}\n\n${help}`);
  process.exitCode = 2;
}
