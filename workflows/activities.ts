import { proxyActivities } from '@temporalio/workflow';

import type { Activities } from '../activities/index.ts';

/**
 * The activities, as workflows call them.
 *
 * Every activity beats by a timer, so a dead worker is noticed within the heartbeat timeout however long the work is; the
 * start-to-close timeout only has to exist. Retries never end: an activity says itself which errors are final
 * (`activities/failures.ts`), the others are weather.
 */
export const activities = proxyActivities<Activities>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '20 seconds' },
});
