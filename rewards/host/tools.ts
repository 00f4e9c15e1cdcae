import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';

import type * as mathTools from '../../math/tools.ts';
import type * as sandboxes from '../../sandbox/index.ts';
import type { MathTools, SandboxTools } from '../../sdk/reward.ts';
import { MOST_PROCESSES } from './messages.ts';

// Loaded when asked for: algebra and isolates take a while to load, and few rewards need them.
const require = createRequire(import.meta.url);

export const MATH: MathTools = {
  extractAnswer: (text) => (require('../../math/tools.ts') as typeof mathTools).extractAnswer(text) ?? null,
  compareAnswers: (gold, given) => (require('../../math/tools.ts') as typeof mathTools).compareAnswers(gold, given),
};

/** Cores divided among the hosts of a reward. */
const SANDBOX_PROCESSES = Math.ceil(availableParallelism() / MOST_PROCESSES);
let sandbox: sandboxes.Sandbox | undefined;

/** Its processes end with this one. */
export function sandboxTools(signal: AbortSignal): SandboxTools {
  return {
    run: (request) => {
      sandbox ??= (require('../../sandbox/index.ts') as typeof sandboxes).openSandbox({ processes: SANDBOX_PROCESSES });
      return sandbox.run(request, { signal });
    },
  };
}
