import { join } from 'node:path';

import type { SideCommand } from '../side.ts';

/** How a task of `side.ts` is started. */
export function ours(task: string, input: object): SideCommand {
  return {
    name: 'ours',
    program: process.execPath,
    args: [join(import.meta.dirname, 'side.ts'), task, JSON.stringify(input)],
  };
}
