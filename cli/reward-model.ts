import { partCommand } from './runs/part-command.ts';

export const run = partCommand(
  'reward-model',
  'a head on frozen features, several fine-tunings, and the average of the best (WARM)',
);
