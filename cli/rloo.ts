import { partCommand } from './runs/part-command.ts';

export const run = partCommand('rloo', 'REINFORCE with the mean of the other samples as the baseline');
