import { partCommand } from './runs/part-command.ts';

export const run = partCommand('distill', "the policy learns a teacher's distribution");
