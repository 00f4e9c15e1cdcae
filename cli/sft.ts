import { partCommand } from './runs/part-command.ts';

export const run = partCommand('sft', 'the policy learns given completions');
