import { partCommand } from './runs/part-command.ts';

export const run = partCommand('warp', 'several policies, merged on the sphere, iterated');
