import { proxyActivities } from '@temporalio/workflow';

import type { Activities } from '../activities/index.ts';

/** Every activity beats by a timer, so a dead worker is noticed within the heartbeat timeout however long the work is. */
const COMMON = {
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '20 seconds' },
} as const;

/**
 * The activities, as workflows call them. Retries never end: an activity says itself which errors are final
 * (`activities/failures.ts`), the others are weather. The start-to-close timeout only has to exist.
 */
export const activities = activitiesOn();

/** {@link activities}, by the workers of another task queue and on their model server. */
export function activitiesOn(taskQueue?: string) {
  return proxyActivities<Activities>({ startToCloseTimeout: '7 days', ...COMMON, ...(taskQueue && { taskQueue }) });
}

/** {@link activitiesOn} for what may be left undone: given up after a minute. */
export function inPassingOn(taskQueue?: string) {
  return proxyActivities<Activities>({
    scheduleToCloseTimeout: '1 minute',
    ...COMMON,
    ...(taskQueue && { taskQueue }),
  });
}
