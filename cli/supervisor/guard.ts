import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import type { GuardMessage } from './guardian.ts';

export interface Guard {
  /** Names a process that must not outlive us; null once it ended. */
  guard(name: string, pid: number | null): void;
  /** Lets the guardian go, with nothing left to guard. */
  dismiss(): void;
}

/** Starts the guardian (`guardian.ts`), and again should it die. */
export function startGuard(): Guard {
  const guarded = new Map<string, number | null>();
  let isDismissed = false;
  let guardian: ChildProcess;

  const tell = (name: string, pid: number | null) => {
    const message: GuardMessage = { name, pid };
    if (guardian.connected) guardian.send(message);
  };
  const start = () => {
    // Detached and without our outputs: nothing that ends us ends it, and nobody waits for its outputs to close.
    guardian = fork(join(import.meta.dirname, 'guardian.ts'), {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    guardian.unref();
    guardian.channel?.unref();
    guardian.once('exit', () => {
      if (!isDismissed) start();
    });
    for (const [name, pid] of guarded) tell(name, pid);
  };
  start();

  return {
    guard: (name, pid) => {
      guarded.set(name, pid);
      tell(name, pid);
    },
    dismiss: () => {
      isDismissed = true;
      if (guardian.connected) guardian.disconnect();
    },
  };
}
