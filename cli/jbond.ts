import { partCommand } from './runs/part-command.ts';

export const run = partCommand('jbond', 'the policy learns the best of two of an anchor that follows it');
