import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';

import type { VersionLostType } from '../activities/failures.ts';

/** So many losses without one finished step in between are no accident. */
const MAX_RECOVERIES_IN_ROW = 20;

/** Whether the model server no longer holds what the run left there. */
export function isVersionLost(error: unknown): boolean {
  const lost: VersionLostType = 'VersionLost';
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === lost;
}

/**
 * Counts a loss, or gives up.
 *
 * @throws `error` itself when it is no loss; an `ApplicationFailure` when losses follow each other without progress.
 */
export function countLoss(error: unknown, inRow: number, where: string): number {
  if (!isVersionLost(error)) throw error;
  if (inRow + 1 < MAX_RECOVERIES_IN_ROW) return inRow + 1;
  throw ApplicationFailure.nonRetryable(
    `${where}: the model server lost the weights ${inRow + 1} times in a row without one finished step; ` +
      'read its log, it may be running out of memory',
    'RecoveryGaveUp',
  );
}
