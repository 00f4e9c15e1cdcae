/**
 * Ends the processes `up` started when `up` is gone and could not do it itself (`kill -9`). Runs as a process of its own;
 * `up` holds the other end of its channel, and the channel breaks when `up` dies.
 */
import { endGroup } from './process.ts';

/** What `up` says: a process to guard, or null once it ended. */
export interface GuardMessage {
  readonly name: string;
  readonly pid: number | null;
}

/** Temporal keeps its state on disk and the others keep none, so there is no reason to wait long. */
const GRACE_MS = 3_000;

if (process.send && import.meta.main) {
  const guarded = new Map<string, number>();
  process.on('message', ({ name, pid }: GuardMessage) => {
    if (pid === null) guarded.delete(name);
    else guarded.set(name, pid);
  });
  process.on('disconnect', () => {
    const endings = [...guarded.values()].map((pid) => endGroup(pid, GRACE_MS));
    void Promise.all(endings).then(() => process.exit());
  });
}
