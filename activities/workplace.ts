import type { Deps } from './deps.ts';
import type { RunRef } from './records.ts';
import { activity } from './work.ts';

/** Where a worker works. */
export interface Workplace {
  /** Of its model server; another one each time the server starts. */
  readonly serverId: string;
  /** Whether the run's files are in its workspace. */
  readonly hasRun: boolean;
}

/** The activity by which a worker says where it works. */
export function workplaceActivities({ model, store }: Deps) {
  return {
    describeWorkplace: activity(async ({ run }: { readonly run: RunRef }, { signal }): Promise<Workplace> => {
      const { instanceId } = await model.health({ signal });
      return { serverId: instanceId, hasRun: (await store.readIfThere(run.config.path)) !== null };
    }),
  };
}
